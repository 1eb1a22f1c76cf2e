"""How many bytes, as people write it: 512000, 500k, 2M, 1G (of 1024, as for curl's --limit-rate)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def _size(value: Any) -> int:
    found = re.fullmatch(r"([0-9]{1,15})([kmg]?)", str(value), re.IGNORECASE)
    if isinstance(value, bool) or found is None:
        raise ValueError('must be bytes: 512000, "500k", "2M" or "1G"')
    return int(found[1]) * UNITS[found[2].lower()]


SCHEMA = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]{1,15}[kKmMgG]?$"}]}
Size = Annotated[int, BeforeValidator(_size), WithJsonSchema(SCHEMA)]
