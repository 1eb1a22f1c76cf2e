"""What every table of the file is made of."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    WithJsonSchema,
    field_validator,
)  # fmt: skip
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from backuptool.passphrase import CREDENTIALS


class Table(BaseModel):
    """A table of the file: unknown keys are errors, nothing is changed after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @field_validator("*")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        """No path, argument or name has a NUL in it, or a letter that is none to the system here: it would refuse them
        with an error of its own, in mid-run."""
        for text in _texts(value):
            if "\0" in text:
                raise ValueError("has a NUL character (\\u0000) in it")
            _encoded(text)
        return value


def _texts(value: Any) -> Iterator[str]:
    """A text or path, or those in a list of them; the tables in it look for themselves."""
    if isinstance(value, tuple | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
    elif isinstance(value, str | Path):
        yield str(value)


def _encoded(text: str) -> None:
    try:
        os.fsencode(text)
    except UnicodeEncodeError as error:
        letter, encoding = ascii(text[error.start]), sys.getfilesystemencoding()
        raise ValueError(f"has {letter} in it, which this locale ({encoding}) lacks: set LC_ALL=C.UTF-8") from None


class OrText:
    """Beside a validator: what the JSON schema says of a table for which a text may stand."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, of: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Called by pydantic (its json_schema_input_type knows no models before 2.11)."""
        return {"anyOf": [{"type": "string"}, of(core)]}


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError(f"{path} is not an absolute path (cron starts somewhere else than you do)")
    return path


def _absolute_text(text: str) -> str:
    if text:
        _absolute(Path(text))
    return text


CREDENTIAL = "credential:"
UNIT = "backuptool.service"


def _credential(value: Any) -> Any:
    """What `credential:NAME` means: the file that systemd puts there for the unit (systemd.exec(5), LoadCredential=).

    Whether it is there is seen when it is read: what needs it not, as another plan, goes on.
    """
    if not isinstance(value, str) or not value.startswith(CREDENTIAL):
        return value
    name = value.removeprefix(CREDENTIAL)
    if not name or set(name) & set("/:") or name in {".", ".."}:  # LoadCredential= ends a name with a colon
        raise ValueError(f"{value} names no credential: write {CREDENTIAL}NAME, the NAME of LoadCredential=NAME:PATH")
    return Path(os.environ.get("CREDENTIALS_DIRECTORY") or CREDENTIALS / UNIT) / name


def _program_name(text: str) -> str:
    if not text or text.startswith("-"):
        raise ValueError("must not be empty nor begin with a dash")
    return text


PATH = {"type": "string", "format": "path", "pattern": "^/"}
AbsolutePath = Annotated[Path, AfterValidator(_absolute), WithJsonSchema(PATH)]
# Of the shell where the programs run, which may be another host's; empty where there is none.
AbsoluteText = Annotated[str, AfterValidator(_absolute_text), WithJsonSchema({**PATH, "pattern": "^(/|$)"})]
SECRET = {**PATH, "pattern": f"^(/|{CREDENTIAL}[^/:]+$)"}
SecretPath = Annotated[AbsolutePath, BeforeValidator(_credential), WithJsonSchema(SECRET)]
Name = Annotated[str, AfterValidator(_program_name)]
