"""A dump counts only if it begins as one and ends with the completion marker.

A truncated plain dump restores with psql's exit 0 and missing rows, even with `-1 -v ON_ERROR_STOP=1` (measured).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from backuptool.errors import SourceError

BEGIN = b"--\n-- PostgreSQL database dump\n--\n"
# Since the minor releases of August 2025 the marker is followed by one line with the token of the top's \restrict.
END = re.compile(rb"\n--\n-- PostgreSQL database dump complete\n--\n\n(?:\\unrestrict ([A-Za-z0-9]+)\n\n)?\Z")
RESTRICT = re.compile(rb"\n\\restrict ([A-Za-z0-9]+)\n")
KEEP = 1024  # bytes at either end: the marker and both tokens are under 200


def complete(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same chunks; raises SourceError at the first bytes or at the end when they are no whole plain dump."""
    head = tail = b""
    for chunk in chunks:
        if len(head) < KEEP:
            head += chunk[: KEEP - len(head)]
            _check_begin(head)
        tail = chunk[-KEEP:] if len(chunk) >= KEEP else (tail + chunk)[-KEEP:]
        yield chunk
    _check_end(head, tail)


def _check_begin(head: bytes) -> None:
    if not BEGIN.startswith(head[: len(BEGIN)]):
        lines = (line for line in head.split(b"\n") if line.strip(b"-"))  # pg_dumpall's first is --, too
        shown = next(lines, head)[:60].decode(errors="replace")
        raise SourceError(
            f"the dump does not begin as a plain PostgreSQL dump, but with {shown!r}",
            hint="something else printed into the stream, or the dump has another format",
        )


def _check_end(head: bytes, tail: bytes) -> None:
    end, begin = END.search(tail), RESTRICT.search(head)
    if not head or end is None or end[1] != (begin[1] if begin else None):
        raise SourceError(
            "the dump is not complete: its end marker is missing",
            hint="the dump was cut short: look at the database's and the container's log",
        )
