r"""What a plain dump says beside its rows: each object's statements.

Digests are kept, so that memory does not grow with data, large objects or the texts of definitions.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from backuptool.contents.inserts import INSERT, Inserts
from backuptool.contents.reprinted import COPY, REPRINTED, words

HEADER = re.compile(rb"-- (?:Data for )?Name: (.*); Type: (.*); Schema: (.*); Owner: (.*)\n")
SETTINGS = b"SET "  # printed wherever one changes, before the object that needs it
PLACE = b"SET default_tablespace = "  # where rows lie is no part of them: our own dumps leave it out, a script's do not
LIES_IN = re.compile(rb"; Tablespace: .*")
ABOUT_LARGE_OBJECT = re.compile(rb"LARGE OBJECTS? \d+")
THROUGH_ROOT = b"-- load via partition root "


OF_ANOTHER = ("ACL", "COMMENT", "SECURITY LABEL")  # their names begin with what that is: TABLE item


class Key(NamedTuple):
    """What pg_dump calls an object; `part` 1, 2, … where the same comes again. A field is empty for what has none."""

    type: str
    schema: str
    name: str
    part: int

    def __str__(self) -> str:
        where = "" if self.schema in ("", "-") else f"{self.schema}."
        kind, name = self.type, self.name
        if kind in OF_ANOTHER:
            what, _, name = name.partition(" ")
            kind = f"the {kind} of {what}"
        return f"{kind} {where}{name}".strip() + (f" (part {self.part})" if self.part > 1 else "")


BEGINNING = Key("the beginning of the dump", "", "", 1)
SETTING = Key("the settings its statements run under", "", "", 1)
LARGE_OBJECTS = Key("the large objects' owners, grants or comments", "", "", 1)


@dataclass(frozen=True, slots=True)
class Entry:
    """An object's sha256: as it is printed, and of its words only (empty where only the print counts).

    `copy`: the COPY statement of a table's data. `root`: the partitioned table that it is loaded through, if any.
    `columns`: as the INSERT statements of a table's data name them. `filled`: a table's data has a row.
    """

    exact: bytes
    loose: bytes = b""
    copy: bytes = b""
    root: bytes = b""
    columns: bytes = b""
    filled: bool = False


class Definitions:
    """Hears from a Scan what passes it. `entries` are there when all has passed, in the dump's order.

    `large_objects`: a sum of the objects' digests, the same in whatever order they come (17 and newer group them).
    `owned`: whether the dump says of anything whose it is (pg_dump --no-owner does not).
    """

    large_objects = 0
    owned = False

    def __init__(self) -> None:
        self._entries: dict[Key, Entry] = {}
        self._parts: Counter[Key] = Counter()  # of those that come again
        self._header, self._type, self._text = b"", b"", list[bytes]()
        self._key = BEGINNING
        self._inserts = Inserts()
        self._settings, self._objects, self._object = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
        self._ended = self._through_root = self._filled = False

    def comment(self, line: bytes) -> None:
        """A comment between statements: an object's begin, or nothing."""
        self._through_root = self._through_root or line.startswith(THROUGH_ROOT)
        if not (match := HEADER.fullmatch(line)):
            return
        self._close()
        name, self._type, schema, owner = match.groups()
        self.owned = self.owned or owner != b"-"
        about = self._type.startswith(b"BLOB") or ABOUT_LARGE_OBJECT.match(name)
        # The same few types and schemas, and a table's name for its data and rights: each kept once is a third less.
        words = (sys.intern(word.decode("utf-8", "backslashreplace")) for word in (self._type, schema, name))
        self._header = LIES_IN.sub(b"", line)
        self._key = LARGE_OBJECTS if about else self._next(*words)

    def statement(self, text: bytes) -> None:
        """A statement, or a part of one, that ends with a semicolon."""
        if text.startswith(PLACE):
            return
        if text.startswith(SETTINGS):
            self._settings.update(text + b"\n")
        elif text.startswith(INSERT) and self._type == b"TABLE DATA":
            self._inserts.hear(text)
            self.row()
        else:
            self._text.append(text)

    def row(self) -> None:
        """The object at hand has one, at least."""
        self._filled = True

    @property
    def inserts(self) -> tuple[str, ...]:
        """The arguments by which pg_dump prints rows as this dump does; none where they are COPY data."""
        return self._inserts.arguments

    def large_object(self, statement: bytes, *, begins: bool) -> None:
        """A statement that makes the bytes of a large object."""
        if begins:
            self._sum_up()
        self._object.update(statement + b"\n")

    def _sum_up(self) -> None:
        self.large_objects = (self.large_objects + int.from_bytes(self._object.digest())) % (1 << 256)
        self._object = hashlib.sha256()

    @property
    def entries(self) -> dict[Key, Entry]:
        """The objects. Nothing more may pass afterwards."""
        if not self._ended:
            self._close()
            self._sum_up()
            self._ended = True
            self._entries[SETTING] = Entry(self._settings.digest())
            self._entries[LARGE_OBJECTS] = Entry(self._objects.digest())
        return self._entries

    def _next(self, kind: str, schema: str, name: str) -> Key:
        first = Key(kind, schema, name, 1)
        if first not in self._entries:
            return first
        self._parts[first] += 1
        return first._replace(part=1 + self._parts[first])

    def _close(self) -> None:
        text = b"\n".join([self._header, *self._text])
        self._text.clear()
        columns, filled, self._filled = self._inserts.columns, self._filled, False
        if self._type == b"TABLE DATA" and not text.endswith(b"FROM stdin;"):
            text += self._inserts.digest()
        if self._key is BEGINNING:  # its own search_path; all that --clean drops first
            return
        if self._key is LARGE_OBJECTS:  # there may be millions
            self._objects.update(text)
            return
        loose = hashlib.sha256(words(self._type, text)).digest() if self._type in REPRINTED else b""
        copy = text[len(self._header) + 1 :] if self._type == b"TABLE DATA" else b""
        root = COPY.match(copy) if self._through_root else None
        self._through_root = False
        exact, through = hashlib.sha256(text).digest(), root[1] if root else b""
        self._entries[self._key] = Entry(exact, loose, copy, through, columns, filled)
