"""The old procedure's tar: X.enc and X.md5 as `tar -cf` writes them, read in place, never extracted.

tarfile reads each header; it does not walk. It would take a damaged header for the end, read a name of any length into
memory, and follow a chain of long names until Python's stack is full.
"""

from __future__ import annotations

import tarfile
from tarfile import BLOCKSIZE, TarInfo
from typing import NoReturn

from backuptool.bundle.names import RECOVER
from backuptool.errors import VerificationError
from backuptool.past.part import CHUNK, Part

END = 2 * BLOCKSIZE
LONGEST_NAME = 1 << 13  # bytes; a path has 4,096 at most (limits.h)
HINT = "if you trust it all the same: extract it with tar, and decrypt its .enc file"
KINDS = {
    tarfile.LNKTYPE: "a hard link", tarfile.SYMTYPE: "a symbolic link", tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device", tarfile.DIRTYPE: "a folder", tarfile.FIFOTYPE: "a named pipe",
    tarfile.GNUTYPE_SPARSE: "a sparse file", tarfile.XHDTYPE: "a pax header", tarfile.XGLTYPE: "a pax header",
    tarfile.GNUTYPE_LONGLINK: "a link with a long name",
}  # fmt: skip


class Member:
    """A file in a tar: its name, as the tar has it, and its bytes."""

    def __init__(self, name: str, content: Part) -> None:
        self.name, self.content = name, content

    @property
    def base(self) -> str:
        """The last part of its name."""
        return self.name.rpartition("/")[2]


def first_name(block: bytes) -> str | None:
    """The name in a tar's first 512 bytes; None when they are no header."""
    try:
        return TarInfo.frombuf(block, "utf-8", "surrogateescape").name
    except tarfile.HeaderError:
        return None


def members(whole: Part) -> tuple[Member, Member]:
    """X.enc and X.md5. Raises VerificationError with the reason when anything else is in the tar, or anything lacks."""
    found: list[Member] = []
    position, long_name = 0, ""
    while True:
        block = _at(whole, position, BLOCKSIZE)
        if not any(block):
            break
        info = _header(block)
        content = whole.part(position + BLOCKSIZE, info.size)
        position = _after(whole, position + BLOCKSIZE, info.size)
        if info.type == tarfile.GNUTYPE_LONGNAME and not long_name:
            long_name = _long_name(content)
        else:
            found.append(_member(long_name or info.name, info, content, found))
            long_name = ""
    _check_end(whole, position)
    if long_name or len(found) != 2:
        _refuse("it does not hold an .enc file and its .md5")
    return found[0], found[1]


def _header(block: bytes) -> TarInfo:
    try:
        info = TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        _refuse(f"a member's header is damaged ({error})")
    if info.size < 0:
        _refuse("a member's size is negative")
    return info


def _after(whole: Part, start: int, size: int) -> int:
    """Where the next header is, behind a member of `size` bytes at `start` and its padding, which must be zero."""
    end = start + size
    if end > whole.size:
        raise VerificationError("the tar is cut short")
    padding = -size % BLOCKSIZE
    if any(_at(whole, end, padding)):
        _refuse("the padding after a member is not zero")
    return end + padding


def _at(whole: Part, start: int, size: int) -> bytes:
    if start + size > whole.size:
        raise VerificationError("the tar is cut short")
    return whole.read(start, size)


def _long_name(content: Part) -> str:
    if content.size > LONGEST_NAME:
        _refuse("the name of a member is longer than a path can be")
    name = content.read(0, content.size).rstrip(b"\0").decode("utf-8", "surrogateescape")
    return name or _refuse("a member has no name")


def _member(name: str, info: TarInfo, content: Part, before: list[Member]) -> Member:
    """The next member, after those `before`, where it may be there."""
    made = Member(name, content)
    if name == RECOVER:
        raise VerificationError("this is a bundle of format 1, under the name of an old backup", hint="rename it back")
    if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        _refuse(f"the member {name!r} is {KINDS.get(info.type, 'of an unknown kind')}, not a plain file")
    if any(other.name == name for other in before):
        _refuse(f"it has two members {name!r}")
    expected = f"{before[0].name.removesuffix('.enc')}.md5" if before else name
    if len(before) > 1 or name != expected or (not before and not name.endswith(".enc")):
        _refuse(f"the member {name!r} does not belong there")
    return made


def _check_end(whole: Part, position: int) -> None:
    """Zeros to the end: tar fills up a record of 10,240 bytes or another."""
    if whole.size - position < END:
        raise VerificationError("the tar is cut short")
    for start in range(position, whole.size, CHUNK):
        if any(whole.read(start, min(CHUNK, whole.size - start))):
            _refuse("there is something after its end")


def _refuse(reason: str) -> NoReturn:
    raise VerificationError(f"this is no tar of the old procedure: {reason}", hint=HINT)
