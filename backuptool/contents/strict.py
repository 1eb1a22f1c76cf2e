"""JSON that has one reading: the keys of a format, each of them once."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from backuptool.errors import VerificationError

LARGEST = 2**53 - 1  # what every reader of JSON can hold (RFC 8259, 6); 9 PB
Format = Annotated[int, Field(ge=1, le=1)]  # Literal[1] takes `true` and `1.0` too
Model = TypeVar("Model", bound=BaseModel)


def decoded(model: type[Model], content: bytes, called: str) -> Model:
    """The facts in `content`, which says its format. Raises VerificationError, where it is `called` so."""
    try:
        made = model.model_validate_json(content)
        json.loads(content, object_pairs_hook=_once)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])).encode("unicode_escape").decode()  # a key may have any letters
        raise VerificationError(f"{called}: {place}: {first['msg']}") from error
    except ValueError as error:
        raise VerificationError(f"{called}: {error}") from error
    if "format" not in made.model_fields_set:
        raise VerificationError(f"{called}: format: Field required")
    return made


def _once(pairs: list[tuple[str, Any]]) -> None:
    """Refuse a key that comes again: readers of JSON take one or the other. Keeps nothing: contents may be large."""
    keys = {key for key, _ in pairs}
    if len(keys) != len(pairs):
        raise ValueError("a key stands twice in an object")
