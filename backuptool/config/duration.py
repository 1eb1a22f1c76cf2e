"""How long, as people write it: 90s, 45m, 26h, 3d, 2w."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
FORM = r"^([0-9]{1,10})([smhdw])$"
LONGEST = 100 * 365 * 86400  # s; more is a slip, and no timedelta can hold what follows


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(FORM, value) if isinstance(value, str) else None
    if not found or not 0 < (seconds := int(found[1]) * UNITS[found[2]]) <= LONGEST:
        raise ValueError('must be a number above 0 and s, m, h, d or w: "26h"')
    return timedelta(seconds=seconds)


def _seconds(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(FORM, value):
        return _duration(value).total_seconds()
    if type(value) not in {int, float}:  # True is an int to isinstance
        raise ValueError('must be seconds, or a number and s, m, h, d or w: 90 or "26h"')
    return value


def in_words(span: timedelta) -> str:
    """The same without a remainder: 90s, 26h, 35d."""
    seconds = round(span.total_seconds())
    unit = next(unit for unit in "dhms" if not seconds % UNITS[unit])
    return f"{seconds // UNITS[unit]}{unit}"


# For the schema: pydantic would have editors ask for what this refuses, ISO 8601's P1DT2H.
SCHEMA = {"type": "string", "pattern": FORM}
Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(in_words), WithJsonSchema(SCHEMA)]
Number = Annotated[float, Field(ge=0, le=86400)]
Either = Number | Annotated[str, Field(pattern=FORM)]
# Seconds as a number too, where those were all that could be written at first.
Seconds = Annotated[Number, BeforeValidator(_seconds, json_schema_input_type=Either)]
