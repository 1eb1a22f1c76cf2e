"""Reads a bundle strictly: nothing is parsed before it is authenticated but the tar's headers and one line.

Order of checks: tar (each header byte, padding, end, names, order) → the hmac line → CHECK → MAC → sums → the set of
files is the list → manifest; only then is anything decrypted. Members are read in place, never extracted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, Self

from backuptool.bundle import names
from backuptool.bundle.authentication import authenticate, parse_sums
from backuptool.bundle.header import BLOCK, END, padding, parse
from backuptool.bundle.manifest import Manifest, decode
from backuptool.bundle.names import Stem
from backuptool.encryption import WRITABLE, decrypt
from backuptool.errors import VerificationError
from backuptool.secret import Secret

CHUNK = 1 << 18
LARGEST_PUBLIC = 1 << 20  # bytes; manifest and sums are a few hundred


class Member(NamedTuple):
    """A file in the tar: where its bytes begin, and how many there are."""

    start: int
    size: int


class Bundle:
    """A bundle on disk. `open` checks the tar, `authenticate` everything else; `plain` gives what is inside."""

    def __init__(self, file: IO[bytes], stem: Stem, members: dict[str, Member]) -> None:
        self._file, self.stem, self.members = file, stem, members
        self.manifest: Manifest | None = None
        self.sums_digest = ""
        self._passphrase: Secret | None = None

    @classmethod
    def open(cls, path: Path) -> Bundle:
        """The bundle at `path`, its tar checked. Raises VerificationError."""
        try:
            file = path.open("rb")
        except OSError as error:
            raise VerificationError(f"{path}: {error.strerror}", hint="name a bundle on this disk") from error
        try:
            members, mtime = _walk(file)
            return cls(file, _stem(list(members), mtime), members)
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def authenticate(self, passphrases: list[Secret], name: str | None = None) -> Manifest:
        """Prove that a holder of one of `passphrases` made every byte. `name`: the file's name in the store.

        Raises VerificationError, before any byte is decrypted.
        """
        if name is not None and name != self.stem.bundle:
            raise VerificationError(f"{name} was made as {self.stem.bundle}", hint="a renamed bundle is refused")
        text = self._public(names.SUMS)
        self._passphrase = authenticate(text, self._public(names.HMAC), passphrases)
        self.sums_digest = hashlib.sha256(text).hexdigest()
        self._compare(parse_sums(text))
        self.manifest = decode(self._public(names.MANIFEST), self.stem)
        return self.manifest

    def _compare(self, digests: dict[str, str]) -> None:
        covered = [name for name in self.members if name not in (names.SUMS, names.HMAC)]
        if list(digests) != covered:
            raise VerificationError("SHA256SUMS lists other files than the bundle has")
        for name, digest in digests.items():
            found = hashlib.sha256()
            for chunk in self.raw(name):
                found.update(chunk)
            if found.hexdigest() != digest:
                raise VerificationError(f"{name} was altered or is damaged")

    def has(self, suffix: str) -> bool:
        """Whether there is a member STEM+suffix."""
        return f"{self.stem}{suffix}" in self.members

    def plain(self, suffix: str) -> Iterator[bytes]:
        """The gzip-compressed content of the encrypted member STEM+suffix; the bundle must be authenticated."""
        if self.manifest is None or self._passphrase is None:
            raise VerificationError("a bundle is authenticated before it is decrypted")
        return decrypt(self.raw(f"{self.stem}{suffix}"), self._passphrase, WRITABLE[self.manifest.kdf])

    def raw(self, name: str) -> Iterator[bytes]:
        """The bytes of the member `name` as they are."""
        start, left = self.members[name]
        self._file.seek(start)
        while left:
            chunk = self._file.read(min(CHUNK, left))
            if not chunk:
                raise VerificationError("the bundle is cut short")
            left -= len(chunk)
            yield chunk

    def _public(self, name: str) -> bytes:
        if self.members[name].size > LARGEST_PUBLIC:
            raise VerificationError(f"{name} is larger than it can be")
        return b"".join(self.raw(name))


def _walk(file: IO[bytes]) -> tuple[dict[str, Member], int]:
    """The members of a tar, every byte between them checked, and the one time they all have."""
    whole = file.seek(0, 2)
    members: dict[str, Member] = {}
    mtime: int | None = None
    position = 0
    while True:
        file.seek(position)
        block = file.read(BLOCK)
        if block == bytes(BLOCK) and members:
            break
        if len(block) < BLOCK:
            raise VerificationError("the bundle is cut short" if members else "this is no bundle: it is no tar file")
        name, size, mtime = parse(block, mtime)
        if name in members:
            raise VerificationError(f"the bundle has two members {name}")
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


def _stem(found: list[str], mtime: int) -> Stem:
    """The stem of a bundle with these members in this order. Raises VerificationError when they are not format 1."""
    first = found[1] if len(found) > 1 else ""
    stem = Stem.parse(first.removesuffix(names.SQL)) if first.endswith(names.SQL) else None
    if stem is None:
        raise VerificationError("this is no bundle of format 1: its second member is no dump")
    allowed = [names.RECOVER, *(f"{stem}{suffix}" for suffix in (*names.ENCRYPTED, names.MD5))]
    required = [names.RECOVER, f"{stem}{names.SQL}", names.MANIFEST, names.SUMS, names.HMAC]
    allowed += [names.MANIFEST, names.SUMS, names.HMAC]
    if [name for name in allowed if name in found] != found or not set(required) <= set(found):
        raise VerificationError(f"the members are not those of format 1: {', '.join(found)}")
    if int(stem.created.timestamp()) != mtime:
        raise VerificationError("the members' time is not the bundle's")
    return stem
