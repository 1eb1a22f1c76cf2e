r"""Rows as INSERT statements, as a container's own script may dump them (pg_dump --inserts and its like)."""

from __future__ import annotations

import hashlib
import re

INSERT = b"INSERT INTO "
NAME = rb'(?:"(?:[^"]|"")+"|[\w$\x80-\xff]+)'
COLUMNS = re.compile(rb"INSERT INTO %b\.%b \((%b(?:, %b)*)\) " % ((NAME,) * 4))
MANY = b" VALUES\n\t("  # --rows-per-insert: a row to a line
SKIPPING = b" ON CONFLICT DO NOTHING;"


class Inserts:
    """Hears the statements that make rows: keeps a digest of one table's, its `columns` as they name them, and what
    they all look like."""

    def __init__(self) -> None:
        self._digest, self.columns = hashlib.sha256(), b""
        self._heard = self._named = self._skipping = False
        self._rows = 0

    def hear(self, statement: bytes) -> None:
        """One statement of the table at hand."""
        self._digest.update(statement + b"\n")
        if match := COLUMNS.match(statement):
            self._named, self.columns = True, match[1]
        self._heard, self._skipping = True, statement.endswith(SKIPPING)
        if MANY in statement:
            self._rows = max(self._rows, statement.count(b"\n\t("))

    def digest(self) -> bytes:
        """Of the table's statements; what comes next is of another."""
        made, self._digest, self.columns = self._digest.digest(), hashlib.sha256(), b""
        return made

    @property
    def arguments(self) -> tuple[str, ...]:
        """What makes pg_dump print rows so; none where there are no such statements."""
        if not self._heard:
            return ()
        return (
            "--column-inserts" if self._named else "--inserts",
            *([f"--rows-per-insert={self._rows}"] if self._rows else []),
            *(["--on-conflict-do-nothing"] if self._skipping else []),
        )


def only_reordered(one: bytes, other: bytes) -> bool:
    """Whether these are the same columns in another order."""
    return one != other and sorted(re.findall(NAME, one)) == sorted(re.findall(NAME, other))
