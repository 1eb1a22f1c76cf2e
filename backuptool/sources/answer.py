"""What psql prints as CSV: any text comes back as it is, whatever stands in it."""

from __future__ import annotations

import csv
import io
import sys

FORMAT = ("--csv", "-t")  # psql 12


def rows(answer: str) -> list[list[str]]:
    """Rows and columns; NULL and the empty text are both empty."""
    csv.field_size_limit(sys.maxsize)  # 128 KiB by default, for a comment or a definition too little
    return [row or [""] for row in csv.reader(io.StringIO(answer, newline=""))]
