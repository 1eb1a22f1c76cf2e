"""STEM.contents.json: the facts about a dump, nobody's business but the owner's."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backuptool.errors import VerificationError

Count = Annotated[int, Field(ge=0)]
Plain = Literal["sql", "database", "globals"]
Names = Annotated[tuple[str, ...], Field(strict=False)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Facts(BaseModel):
    """Unknown keys are errors, nothing is changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Table(Facts):
    """One COPY block: schema and name as pg_dump's comment before it has them, `part` 1, 2, … where that comes again.

    `rows`, `bytes`, `sha256`: of the lines between `COPY … FROM stdin;` and `\\.`, each with its newline.
    """

    schema_: Annotated[str, Field(alias="schema")]
    name: str
    part: Annotated[int, Field(ge=1)]
    rows: Count
    bytes: Count
    sha256: Digest

    model_config = ConfigDict(populate_by_name=True)


class LargeObjects(Facts):
    """How many, and the sha256 of the statements that make them: lo_open, lowrite, lo_close, each with a newline."""

    count: Count
    sha256: Digest


class DumpFacts(Facts):
    r"""What passed: `bytes` and `sha256` are those of the dump without its lines `\restrict …` and `\unrestrict …`."""

    bytes: Count
    sha256: Digest
    tables: tuple[Table, ...]
    sequences: tuple[str, ...]  # the setval statements, as they stand
    large_objects: LargeObjects


class ServerFacts(Facts):
    """What a dump does not say: asked of the server by query. `database_size`: bytes on its disk.

    `collations` are the server's own, `locales` those of its operating system, that the dump's objects need.
    """

    database: str
    server_version: str
    server_version_num: int
    pg_dump_version: str
    bootstrap_superuser: str
    encoding: str
    collation: str
    ctype: str
    locale_provider: str
    locale: str | None
    collation_version: str | None
    timezone: str
    extensions: dict[str, str]
    database_size: Count
    collations: Names = ()
    locales: Names = ()
    tablespaces: Names = ()


class Contents(Facts):
    """Format 1. `plain`: bytes of the members `sql`, `database`, `globals` when they are expanded."""

    format: Literal[1] = 1
    server: ServerFacts
    dump: DumpFacts
    plain: dict[Plain, Count]

    def encode(self) -> bytes:
        """The member's bytes before compression."""
        return self.model_dump_json(indent=1, by_alias=True).encode() + b"\n"

    @classmethod
    def decode(cls, content: bytes) -> Contents:
        """The contents in an authenticated bundle. Raises VerificationError."""
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise VerificationError(f"the contents: {place}: {first['msg']}") from error
