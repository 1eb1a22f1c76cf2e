r"""Rows and digests of a plain dump as it passes, in constant memory, with no second query.

COPY data is looked at by whole chunks (find, count, two digests): ~1 CPU s per GB; a loop over lines takes 6.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backuptool.contents.definitions import Definitions
from backuptool.contents.lexer import Token, next_token
from backuptool.contents.model import DumpFacts, LargeObjects, Table
from backuptool.contents.needed import Needed
from backuptool.contents.rows import Rows
from backuptool.errors import SourceError

TOC = re.compile(rb"-- Data for Name: (.*); Type: TABLE DATA; Schema: (.*); Owner: .*\n")
LARGE_OBJECT = re.compile(rb"SELECT pg_catalog\.(lo_open|lowrite|lo_close)\(")
SETVAL = b"SELECT pg_catalog.setval("
RESTRICT = (b"\\restrict ", b"\\unrestrict ")
SOMETHING = re.compile(rb"\S")
LONG = 60  # bytes
LAST = b"\n\\.\n"  # the line that ends COPY data, and the end of the line before it
Closely = Mapping[tuple[str, str, int], Rows]


class ForNoNewDatabase(SourceError):
    """A whole dump, but one that says itself where it is restored (`pg_dump -C`), or drops what is not there (`-c`)."""


class Scan:
    """Watches one dump go by: `size` bytes so far. `result` is there when all has passed, and all
    that it has `needed`.

    `definitions` are told what is no data (of a table's the COPY statement), and what makes large objects. `closely`:
    what looks at the single rows of these tables (schema, name, part).
    """

    def __init__(self, definitions: Definitions | None = None, closely: Closely | None = None) -> None:
        self._definitions = definitions
        self._closely = closely or {}
        self._text = b""  # what is not done with yet
        self._waiting: list[bytes] = []
        self._at = self._statement = 0  # where the lexer is, where its statement began
        self._block: Block | None = None
        self._key = ("", "")
        self._parts: Counter[tuple[str, str]] = Counter()
        self._cut: list[tuple[int, int]] = []
        self._whole, self._bytes = hashlib.sha256(), 0
        self._tables: list[Table] = []
        self._sequences: list[str] = []
        self._objects, self._object_digest = 0, hashlib.sha256()
        self._done = False
        self.size = 0
        self.needed = Needed()

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks, as they come. Raises SourceError when the dump ends in the middle of something, or is for no
        new database."""
        for chunk in chunks:
            self._feed(chunk)
            self.size += len(chunk)
            yield chunk
        self._feed(b"", final=True)
        if self._block is not None or self._text[self._statement :].strip():
            raise SourceError("the dump ends in the middle of a statement or of a table's data")
        self._drop(len(self._text))
        self._done = True

    def result(self) -> DumpFacts:
        """The facts. Raises ValueError before all of the dump has passed."""
        if not self._done:
            raise ValueError("the dump has not passed yet")
        return DumpFacts(
            bytes=self._bytes,
            sha256=self._whole.hexdigest(),
            tables=tuple(self._tables),
            sequences=tuple(self._sequences),
            large_objects=LargeObjects(count=self._objects, sha256=self._object_digest.hexdigest()),
        )

    def _feed(self, chunk: bytes, *, final: bool = False) -> None:
        self._waiting.append(chunk)
        # Joining what is kept with every small chunk would be quadratic for a function body of many MB.
        if not final and sum(map(len, self._waiting)) * 4 < len(self._text):
            return
        self._text = b"".join((self._text, *self._waiting)) if self._text else b"".join(self._waiting)
        self._waiting.clear()
        while self._rows() if self._block is not None else self._sql(final=final):
            pass
        # In data one byte stays before what was looked at: the newline that the last line's end is found by.
        self._drop(self._statement if self._block is None else self._at - 1)

    def _drop(self, end: int) -> None:
        """Forget the text before `end`, which belongs to the whole's digest but for the lines with a token."""
        view, position = memoryview(self._text), 0
        for start, stop in self._cut:
            self._count(view[position:start])
            position = stop
        self._count(view[position:end])
        self._cut.clear()
        self._text = self._text[end:] if end < len(self._text) else b""
        self._at, self._statement = self._at - end, self._statement - end

    def _count(self, piece: memoryview) -> None:
        self._whole.update(piece)
        self._bytes += len(piece)

    def _rows(self) -> bool:
        """Go on in COPY data; whether its end was found."""
        assert self._block is not None  # noqa: S101 - the caller's condition
        # The newline before the data is the one of the COPY statement.
        # Most chunks have none: a single byte is looked for at 20 GB/s, numbers and times have no backslash at all.
        # Then backwards: rfind takes 0.33 CPU s per GB, find 0.58.
        found = self._text.rfind(LAST, self._at - 1) if self._text.find(b"\\", self._at) >= 0 else -1
        if found >= 0:
            found = self._text.find(LAST, self._at - 1)
        end = found + 1 if found >= 0 else max(self._at, len(self._text) - len(LAST) + 1)
        self._block.add(self._text[self._at : end])
        self._at = end
        if found < 0:
            return False
        self._tables.append(self._block.table())
        if self._definitions is not None and self._tables[-1].rows:
            self._definitions.row()
        self._block = None
        self._at = self._statement = found + len(LAST)
        return True

    def _sql(self, *, final: bool) -> bool:
        """Go on behind the next token; whether there was one."""
        token = next_token(self._text, self._at, final=final)
        if token is None:
            return False
        self._at = token.end
        if token.kind == "end":
            self._complete(token)
        elif token.kind in ("comment", "psql", "block") and not self._begun(token):
            self._aside(token)
            self._statement = token.end
        return True

    def _begun(self, token: Token) -> bool:
        """Whether `token` stands in a statement. Nothing is copied: with one INSERT of 100,000 rows, which are 600,000
        tokens in 9 MB, that took 65 CPU s; it takes 0.9."""
        return SOMETHING.search(self._text, self._statement, token.start) is not None

    def _aside(self, token: Token) -> None:
        """A comment between statements, or a command to psql."""
        line = self._text[token.start : token.end]
        if line.startswith(RESTRICT):
            self._cut.append((token.start, token.end))
        elif token.kind == "psql":  # a restore into a new database would end up in the live one
            shown = line.strip()[:60].decode(errors="replace")
            raise ForNoNewDatabase(f"the dump commands psql: {shown}", hint="leave -C (--create) out of what dumps it")
        elif self._definitions is not None and token.kind == "comment":
            self._definitions.comment(line)
        if match := TOC.fullmatch(line):
            self._key = (match[2].decode("utf-8", "backslashreplace"), match[1].decode("utf-8", "backslashreplace"))

    def _complete(self, token: Token) -> None:
        """A statement has ended."""
        statement = self._text[self._statement : token.end].lstrip()
        if statement.startswith(b"COPY ") and statement.endswith(b" FROM stdin;"):
            self._parts[self._key] += 1
            part = self._parts[self._key]
            self._block = Block(*self._key, part, self._closely.get((*self._key, part)))
            self._at = token.end + 1
            self._tell(statement)
        elif statement.startswith(SETVAL):
            self._sequences.append(statement.decode("utf-8", "backslashreplace"))
        elif match := LARGE_OBJECT.match(statement):
            self._objects += match[1] == b"lo_open"
            self._object_digest.update(statement + b"\n")
            if self._definitions is not None:
                self._definitions.large_object(statement, begins=match[1] == b"lo_open")
        else:
            _refuse_drop(statement)
            self.needed.hear(statement)
            self._tell(statement)
        self._statement = self._at

    def _tell(self, statement: bytes) -> None:
        if self._definitions is not None:
            self._definitions.statement(statement)


def _refuse_drop(statement: bytes) -> None:
    if statement.startswith(b"DROP ") and b" IF EXISTS " not in statement:  # psql ends at the first, by ON_ERROR_STOP
        shown = statement[:60].decode(errors="replace")
        raise ForNoNewDatabase(
            f"the dump drops what a new database does not have: {shown}",
            hint="leave -c (--clean) out of what dumps it, or add --if-exists",
        )


class Block:
    """One table's data, as it is counted."""

    def __init__(self, schema: str, name: str, part: int, closer: Rows | None) -> None:
        self._schema, self._name, self._part, self._closer = schema, name, part, closer
        self._digest: Any = hashlib.sha256()
        self._rows = self._bytes = 0
        self._long = False  # the rows of the last piece

    def add(self, piece: bytes) -> None:
        """Some of the data."""
        self._digest.update(piece)
        self._bytes += len(piece)
        rows = self._newlines(piece)
        self._rows += rows
        self._long = len(piece) > LONG * rows
        if self._closer is not None:
            self._closer.add(piece)

    def _newlines(self, piece: bytes) -> int:
        """Their number. count looks at each byte, replace goes from one newline to the next; in CPU s per GB:
        0.4 (0.8 in Python 3.13) for any rows, and 0.05 for rows of 2000 bytes, 0.23 for 60, but 7 for 2."""
        return len(piece) - len(piece.replace(b"\n", b"")) if self._long else piece.count(b"\n")

    def table(self) -> Table:
        """All of it."""
        return Table(
            schema_=self._schema, name=self._name, part=self._part,
            rows=self._rows, bytes=self._bytes, sha256=self._digest.hexdigest(),
        )  # fmt: skip
