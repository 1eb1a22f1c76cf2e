"""What is wrong with a configuration, one line a mistake, in the words of the file and not of pydantic."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The tables that have a `type`: pydantic puts its value behind these keys, where the file has nothing.
TYPED = ("source", "shell", "host")
TYPED_LISTS = ("stores",)
# Those of a plan that have none, and have their own keys.
OF_A_PLAN = ("keep", "check", "old_passphrase_files", "drill", "notify", "hooks")

Place = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a table, and what messages call it."""

    label: str
    keys: tuple[str, ...]


def mistakes(errors: Sequence[Mapping[str, Any]], tables: Mapping[str, Keys]) -> Iterator[str]:
    """A line for each of pydantic's `errors`. `tables`: by the type, or by `plan`, `old_passphrase_files`, `top`."""
    for error in errors:
        place = error["loc"]
        if error["type"] == "too_short" and any(_inside(other["loc"], place) for other in errors):
            continue  # there is one; it is what is wrong
        yield f"{_shown(place)}: {_reason(error, tables)}"


def _inside(place: Place, outer: Place) -> bool:
    return len(place) > len(outer) and place[: len(outer)] == outer


def _reason(error: Mapping[str, Any], tables: Mapping[str, Keys]) -> str:
    if error["type"] == "extra_forbidden":
        return _unknown(str(error["loc"][-1]), _table(error["loc"]), tables)
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "model_type":
        return "must be a table: { … }"
    return str(error["msg"]).removeprefix("Value error, ")


def _is_type(place: Place, index: int) -> bool:
    """Whether the word at `index` is the type of a table rather than a key; a plan may be called what it likes."""
    if index < 3 or place[0] != "plans":
        return False
    before = place[index - 1]
    return before in TYPED or (isinstance(before, int) and place[index - 2] in TYPED_LISTS)


def _shown(place: Place) -> str:
    return ".".join(str(word) for index, word in enumerate(place) if word != "[key]" and not _is_type(place, index))


def _table(place: Place) -> str:
    """The table that the last word of `place` is in."""
    types = [str(word) for index, word in enumerate(place[:-1]) if _is_type(place, index)]
    if types:
        return types[-1]
    if len(place) > 3 and place[2] in OF_A_PLAN:
        return str(place[2])
    return "plan" if len(place) > 2 else "top"


def _unknown(key: str, table: str, tables: Mapping[str, Keys]) -> str:
    near = difflib.get_close_matches(key, tables[table].keys, n=1)
    elsewhere = [other.label for other in tables.values() if key in other.keys]
    home = f"{key} belongs into {' or '.join(elsewhere)}" if elsewhere else ""
    if near:
        return f"unknown key; did you mean {near[0]}?" + (f" ({home})" if home else "")
    return f"unknown key; {home}" if home else "unknown key"
