"""STEM.contents.json: the facts about a dump, nobody's business but the owner's."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from backuptool.contents.strict import LARGEST, Format, decoded

Count = Annotated[int, Field(ge=0, le=LARGEST)]
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
    part: Annotated[int, Field(ge=1, le=LARGEST)]
    rows: Count
    bytes: Count
    sha256: Digest

    model_config = ConfigDict(populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, facts: Any, info: ValidationInfo) -> Any:
        if info.mode == "json" and isinstance(facts, dict) and "schema_" in facts:
            raise ValueError("schema_ is what only this program calls it")
        return facts


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

    `collations` are the server's own, `locales` those of its operating system, that the dump's objects need. These and
    `tablespaces` are asked for since 2026-11-28: contents that were made before lack them.
    """

    database: str
    server_version: str
    server_version_num: Count
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

    format: Format = 1
    server: ServerFacts
    dump: DumpFacts
    plain: dict[Plain, Count]

    def encode(self) -> bytes:
        """The member's bytes before compression."""
        return self.model_dump_json(indent=1, by_alias=True).encode() + b"\n"

    @classmethod
    def decode(cls, content: bytes) -> Contents:
        """The contents in an authenticated bundle. Raises VerificationError."""
        return decoded(cls, content, "the contents")
