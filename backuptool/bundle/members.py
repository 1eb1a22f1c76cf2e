"""The members of a bundle's tar, found without extracting: every byte between them is checked (tar(5))."""

from __future__ import annotations

from typing import IO, NamedTuple

from backuptool.bundle.header import BLOCK, END, is_tar, padding, parse
from backuptool.bundle.names import ENCRYPTED, MOST_MEMBERS
from backuptool.errors import VerificationError

LARGEST_PUBLIC = 1 << 16  # bytes; manifest, sums and signature are a few hundred
NO_TAR = "is it the right file? a bundle is a .tar; if this was one, do not rely on it: take an older backup"

PACKED = {
    b"\x1f\x8b": "gunzip", b"BZh": "bunzip2", b"\xfd7zXZ": "unxz", b"\x28\xb5\x2f\xfd": "unzstd",
    b"U2FsdGVkX1": "base64 -d",  # `Salted__`, as openssl enc -a writes it
}  # fmt: skip


class Member(NamedTuple):
    """A file in the tar: where its bytes begin, and how many there are."""

    start: int
    size: int


def walk(file: IO[bytes], position: int = 0) -> tuple[dict[str, Member], int]:
    """The members from the header at `position` on to the end of the tar, and the one time they all have.

    Raises VerificationError at the first byte of a header, a padding or the end that is not the canonical one.
    """
    whole = file.seek(0, 2)
    members: dict[str, Member] = {}
    mtime: int | None = None
    while (block := _block(file, position)) != bytes(BLOCK) or not members:
        if not members and not is_tar(block):
            raise VerificationError("this is no bundle: it is no tar file", hint=_no_tar(block))
        if len(block) < BLOCK:
            raise VerificationError("the bundle is cut short")
        name, size, mtime = parse(block, mtime)
        if name in members:
            raise VerificationError(f"the bundle has two members {name}")
        if len(members) == MOST_MEMBERS:  # each costs memory, and nothing is proven yet
            raise VerificationError(f"the bundle has more members than {MOST_MEMBERS}, the most of format 1")
        if size > LARGEST_PUBLIC and not name.endswith(ENCRYPTED):
            raise VerificationError(f"{name} is larger than it can be")
        members[name] = Member(position + BLOCK, size)
        position += BLOCK + size + padding(size)
        if position > whole:
            raise VerificationError("the bundle is cut short")
        file.seek(position - padding(size))
        if any(file.read(padding(size))):
            raise VerificationError(f"the padding after {name} is not zero")
    if file.seek(position) + len(END) != whole or file.read() != END:
        raise VerificationError("the bundle does not end where it should")
    assert mtime is not None  # noqa: S101 - there is a member, so there was a time
    return members, mtime


def _no_tar(block: bytes) -> str:
    opener = next((program for magic, program in PACKED.items() if block.startswith(magic)), "")
    return f"{opener} opens it: name what comes out, unless that is a dump, decrypted already" if opener else NO_TAR


def _block(file: IO[bytes], position: int) -> bytes:
    file.seek(position)
    return file.read(BLOCK)
