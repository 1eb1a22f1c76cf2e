"""What psql prints as CSV: any text comes back as it is, whatever stands in it."""

from __future__ import annotations

import csv
import io
import sys

from backuptool.errors import SourceError

FORMAT = ("--csv", "-t")  # psql 12
END = "backuptool: that was all"  # a line that is asked for behind an answer
CUT = "docker may lose the end of what a program prints (moby#49655): run it again"


def whole(answer: bytes) -> bytes:
    """An answer without END: the end of its output may be lost by the engine that runs a program, which says 0 then.

    Raises SourceError.
    """
    end = f"{END}\n".encode()
    if not answer.endswith(end):
        raise SourceError("an answer from where the database runs was cut short", hint=CUT)
    return answer.removesuffix(end)


def rows(answer: str) -> list[list[str]]:
    """Rows and columns; NULL and the empty text are both empty."""
    csv.field_size_limit(sys.maxsize)  # 128 KiB by default, for a comment or a definition too little
    return [row or [""] for row in csv.reader(io.StringIO(answer, newline=""))]
