"""The one line that `md5sum FILE > FILE.md5` writes."""

from __future__ import annotations

import re
from typing import NoReturn

from backuptool.errors import VerificationError
from backuptool.past.part import Part

HINT = "if you trust it all the same: extract it, put the .md5 away, and gzip's own checksum is compared in its place"
LARGEST = 1 << 14  # bytes; a path has 4,096 at most, each perhaps escaped
LINE = re.compile(rb"(?P<escaped>\\?)(?P<digest>[0-9a-f]{32}) [ *](?P<name>[^\n]+)\n")


def read_md5(content: Part, base: str = "") -> str:
    """The digest, as 32 hex digits, which must be of a file called `base` in any folder (empty: of any file).

    Raises VerificationError.
    """
    if content.size > LARGEST:
        _refuse(f"the .md5 file is larger than one line can be: {content.size} bytes")
    match = LINE.fullmatch(content.read(0, content.size))
    if match is None:
        _refuse("the .md5 file is not the one line that md5sum writes")
    name = match["name"].decode("utf-8", "surrogateescape").rpartition("/")[2]
    if base and not match["escaped"] and name != base:
        _refuse(f"the .md5 file is of another file: {name!r}, not {base!r}")
    return match["digest"].decode()


def _refuse(reason: str) -> NoReturn:
    raise VerificationError(reason, hint=HINT)
