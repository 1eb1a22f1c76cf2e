"""Who made a bundle, by its last bytes: what proves it stands at the end, and a store need not hand out the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO

from backuptool.bundle import names
from backuptool.bundle.header import BLOCK
from backuptool.bundle.keys import Keys
from backuptool.bundle.manifest import Manifest
from backuptool.bundle.members import Member, walk
from backuptool.bundle.names import Stem
from backuptool.bundle.reader import Bundle
from backuptool.contents import Contents
from backuptool.errors import VerificationError

# The manifest, the sums and the signature are a few kB; 20 sealed passphrases of RSA 16384 are 50 kB.
LONGEST = 1 << 17


Read = Callable[[int], Iterable[bytes]]  # the bytes of a stored bundle from there on


def authenticate_tail(name: str, size: int, read: Read, keys: Keys) -> Manifest:
    """The manifest of the bundle `name` of `size` bytes, proven; `read(start)` gives its bytes from `start` on.

    It says what the bundle is and that SHA256SUMS is authentic, not that the data before it is whole.
    Raises VerificationError.
    """
    with open_tail(name, size, read) as bundle:
        return bundle.authenticate_end(keys)


def describe_tail(name: str, size: int, read: Read, keys: Keys) -> tuple[Manifest, Contents | None]:
    """The same with the contents, which lie before it; None where nothing at hand decrypts them."""
    length = LONGEST
    while True:
        with open_tail(name, size, read, length) as bundle:
            manifest = bundle.authenticate_end(keys)
            if not bundle.is_open:
                return manifest, None
            if bundle.has(names.CONTENTS):
                return manifest, bundle.contents
        if length >= size:
            raise VerificationError(f"{name} has no contents")
        length *= 16  # 30,000 tables are 2 MB


def open_tail(name: str, size: int, read: Read, length: int = LONGEST) -> Bundle:
    """The members in the last `length` bytes of a bundle, nothing of it authenticated. Raises VerificationError."""
    stem = Stem.of_bundle(name)
    start = max(0, (size - length) // BLOCK * BLOCK)
    content = b"".join(read(start))
    if stem is None or len(content) != size - start:
        raise VerificationError("this is no bundle, or it was cut short")
    return Bundle(BytesIO(content), stem, _members(content, stem))


def _members(content: bytes, stem: Stem) -> dict[str, Member]:
    """Those whose headers lie in the tail: from the first one on from which headers lead to the end."""
    for position in range(0, len(content), BLOCK):
        try:
            members, mtime = walk(BytesIO(content), position)
        except VerificationError:
            continue  # that was no header, but in the middle of a member
        if {names.MANIFEST, names.SUMS, names.HMAC} <= set(members) and mtime == int(stem.created.timestamp()):
            return members
    raise VerificationError("the bundle does not end as bundles do, or was made under another name")
