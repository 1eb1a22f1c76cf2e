"""What is wrong with a configuration, one line a mistake, in the words of the file and not of pydantic."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any

# The tables that have a `type`, and which there are: pydantic puts it behind these keys, where the file has nothing.
TYPED = {
    "source": ("pg_dump", "script"),
    "shell": ("local", "ssh", "container", "compose"),
    "host": ("local", "ssh"),
}
TYPED_LISTS = {"stores": ("directory", "webdav")}
# Those of a plan that have none, and have their own keys.
OF_A_PLAN = ("keep", "check", "old_passphrase_files", "drill", "notify", "hooks")

# What is said of pydantic's type of an error at a key, or at any other key.
SAID = {
    ("missing", ""): "is missing",
    ("model_type", ""): "must be a table: { … }",
    ("dict_type", ""): "must be a table: { … }",
    ("int_type", ""): "must be a whole number, without quotes: 7",
    ("float_type", ""): "must be a number, without quotes: 0.5",
    ("bool_type", ""): "must be true or false, without quotes",
    ("tuple_type", ""): 'must be a list: ["…"]',
    ("tuple_type", "stores"): "must be a list: write [[$key]], with double brackets",
    ("string_type", ""): 'must be a text, in quotes: "…"',
    ("path_type", ""): 'must be a path, in quotes: "/…"',
    ("literal_error", ""): "must be $expected",
    ("greater_than_equal", ""): "must be $ge or more",
    ("less_than_equal", ""): "must be $le or less",
    ("string_too_short", ""): "must not be empty",
    ("string_pattern_mismatch", "[key]"): "a plan's name is 1 to 24 of a-z, 0-9 and '-', with no '-' in front",
    ("string_pattern_mismatch", "host"): "must be a host's name: a letter or digit, then those, '.', '-' and '_'",
    ("string_pattern_mismatch", "image"): "must not begin with a dash",
    ("string_pattern_mismatch", "memory"): 'must be a number and b, k, m or g: "2g"',
    ("string_pattern_mismatch", "project"): "must be a compose project's name: a-z or 0-9, then those, '_' and '-'",
    ("too_short", ""): "must not be empty",
    ("too_short", "stores"): "at least one store is needed: [[$key]]",
    ("model_attributes_type", "source"): "must be a table: write [$key]",
    ("model_attributes_type", "stores"): "must be a table: write [[$key]]",
    ("model_attributes_type", "shell"): (
        'must be a table: { type = "compose", file = "/srv/db/compose.yml", service = "db" }'
    ),
    ("model_attributes_type", "host"): 'must be a table: { type = "ssh", host = "db.example.org" }',
    ("union_tag_not_found", ""): "type is missing: $types",
    ("union_tag_invalid", ""): "there is no type $tag: $types",
}

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
    words = [word for word in error["loc"] if isinstance(word, str)]
    key = words[-1] if words else ""
    said = SAID.get((error["type"], key)) or SAID.get((error["type"], ""))
    if said is None:
        return str(error["msg"]).removeprefix("Value error, ")
    types, context = " or ".join({**TYPED, **TYPED_LISTS}.get(key, ())), error.get("ctx", {})
    return Template(said).substitute(context, key=_shown(words), types=types, tag=repr(context.get("tag")))


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
    home = f"{key} belongs in {' or '.join(elsewhere)}" if elsewhere else ""
    if near:
        return f"unknown key; did you mean {near[0]}?" + (f" ({home})" if home else "")
    return f"unknown key; {home}" if home else "unknown key"
