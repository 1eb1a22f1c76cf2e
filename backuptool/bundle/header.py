"""The one tar header that a member may have: GNU format, mode 0600, owner 0, no names of owners.

Byte for byte what `tar --format=gnu --owner=0 --group=0 --numeric-owner --mode=0600 --mtime=@N` writes (tar(5)), so
that a reader checks a header by making it again: there is one spelling, and no field to hide anything in.
"""

from __future__ import annotations

import re

from backuptool.errors import VerificationError

BLOCK = 512
LONGEST = 100  # bytes of a name
NAME = re.compile(r"[A-Za-z0-9._-]+")  # no other letters are in any that this format has
END = bytes(2 * BLOCK)
OCTAL = re.compile(rb"[0-7]{11}\0")
LARGEST_OCTAL = 8**11 - 1  # 8 GiB - 1; above it GNU tar writes base 256


def header(name: str, size: int, mtime: int) -> bytes:
    """The 512 bytes before a member of `size` bytes, changed at `mtime` (seconds since 1970)."""
    fields = (
        name.encode("ascii").ljust(100, b"\0")
        + b"0000600\0" + b"0000000\0" + b"0000000\0"
        + _number(size) + _number(mtime)
        + b" " * 8  # the checksum counts as blanks while it is made
        + b"0" + bytes(100)
        + b"ustar  \0"
    )  # fmt: skip
    block = fields.ljust(BLOCK, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def is_tar(block: bytes) -> bool:
    """Whether the file that begins with it may be a tar at all."""
    return block[257:262] == b"ustar"


def _number(value: int) -> bytes:
    if value <= LARGEST_OCTAL:
        return b"%011o\0" % value
    return b"\x80" + value.to_bytes(11, "big")


def parse(block: bytes, mtime: int | None) -> tuple[str, int, int]:
    """(name, size, mtime) of a header, which must be the canonical one. Raises VerificationError."""
    try:
        name = block[:LONGEST].rstrip(b"\0").decode("ascii")
        size, when = _value(block[124:136]), _value(block[136:148])
    except ValueError as error:
        raise VerificationError(f"a member's header is no tar header: {error}") from error
    if not NAME.fullmatch(name) or block != header(name, size, when if mtime is None else mtime):
        raise VerificationError(f"the header of member {name!r} is not the one this format writes")
    return name, size, when


def _value(field: bytes) -> int:
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    if not OCTAL.fullmatch(field):  # int() takes a minus, blanks and underscores too
        raise ValueError("a number is not eleven octal digits")
    return int(field[:-1], 8)


def padding(size: int) -> int:
    """How many zero bytes follow a member of `size` bytes."""
    return -size % BLOCK
