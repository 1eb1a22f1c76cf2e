"""Reads a bundle strictly: nothing is parsed before it is authenticated but the tar's headers and one line.

Order of checks: tar (each header byte, padding, end, names, order) → the hmac line → unseal → CHECK → MAC → signature,
if the reader demands one → sums → the set of files is the list → manifest; only then is anything decrypted. Members are
read in place, never extracted.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Self

from backuptool.bundle import names
from backuptool.bundle.authentication import parse_sums
from backuptool.bundle.form import stem_of
from backuptool.bundle.keys import Keys
from backuptool.bundle.manifest import Manifest, decode
from backuptool.bundle.members import Member, walk
from backuptool.bundle.names import Layout, Stem
from backuptool.bundle.proof import prove
from backuptool.compression import capped, decompress, measured
from backuptool.contents import Contents
from backuptool.encryption import WRITABLE, Kdf, decrypt
from backuptool.errors import VerificationError
from backuptool.secret import Secret

CHUNK = 1 << 18
LARGEST_CONTENTS = 1 << 28  # bytes; 200 for a table


class Bundle:
    """A bundle on disk. `open` checks the tar, `authenticate` everything else; `plain` gives what is inside.

    `decrypt`: what undoes `openssl enc`; a drill puts the openssl command itself in its place.
    """

    def __init__(self, file: IO[bytes], stem: Stem, members: dict[str, Member]) -> None:
        self._file, self.stem, self.members = file, stem, members
        self.decrypt: Callable[[Iterator[bytes], Secret, Kdf], Iterator[bytes]] = decrypt
        self.sums_digest = ""
        self._manifest: Manifest | None = None
        self._passphrase: Secret | None = None
        self._contents: Contents | None = None
        self._small: dict[str, list[bytes]] = {}

    @classmethod
    def open(cls, path: Path) -> Self:
        """The bundle at `path`, its tar checked. Raises VerificationError."""
        try:
            file = path.open("rb")
        except OSError as error:
            raise VerificationError(f"{path}: {error.strerror}", hint="name a bundle on this disk") from error
        try:
            return cls.of(file)
        except BaseException:
            file.close()
            raise

    @classmethod
    def of(cls, file: IO[bytes]) -> Self:
        """The bundle in `file`, its tar checked. Raises VerificationError."""
        members, mtime = walk(file)
        return cls(file, stem_of(list(members), mtime), members)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def manifest(self) -> Manifest:
        """What the bundle says of itself. Raises VerificationError before it is authenticated."""
        if self._manifest is None:
            raise VerificationError("a bundle is authenticated before it is read")
        return self._manifest

    @property
    def size(self) -> int:
        """Of the whole file, in bytes."""
        return self._file.seek(0, os.SEEK_END)

    @property
    def is_open(self) -> bool:
        """Whether it can be decrypted: a signature proves a sealed bundle to readers who have no key to it."""
        return self._manifest is not None and self._passphrase is not None

    @property
    def is_sealed(self) -> bool:
        """Whether it is for recipients."""
        return any(name.startswith(names.SEALED) for name in self.members)

    def authenticate(self, keys: Keys, name: str | None = None) -> Manifest:
        """Prove that a holder of one of `keys` made every byte. `name`: the file's name in the store.

        Raises VerificationError, before any byte is decrypted.
        """
        if name is not None and name != self.stem.bundle:
            raise VerificationError(f"{name} was made as {self.stem.bundle}", hint="a renamed bundle is refused")
        digests = self._proven(keys)
        self._compare_all(digests)
        return self._described(digests)

    @property
    def proof(self) -> str:
        """One digest, as hex, of all that proves the other members: whoever has kept it needs no key to `compare`."""
        proving = [name for name in (names.SUMS, names.HMAC, names.SIGNATURE) if name in self.members]
        return hashlib.sha256(b"".join(self.public(name) for name in proving)).hexdigest()

    def compare(self, proof: str) -> None:
        """See that no byte has changed since this was the bundle's `proof`. Raises VerificationError."""
        if self.proof != proof:
            raise VerificationError("SHA256SUMS or what proves it was altered or is damaged")
        self._compare_all(parse_sums(self.public(names.SUMS)))

    def authenticate_end(self, keys: Keys) -> Manifest:
        """The same of manifest.json, and the contents if they are there, where only the end of the tar is at hand.

        Raises VerificationError.
        """
        digests = self._proven(keys)
        contents = [f"{self.stem}{names.CONTENTS}"] if self.has(names.CONTENTS) else []
        for member in (names.MANIFEST, *contents):
            self._compare(member, digests.get(member, ""))
        return self._described(digests)

    def _proven(self, keys: Keys) -> dict[str, str]:
        proven = prove(self.stem, self.members, self.public, keys)
        self._passphrase, self.sums_digest = proven.passphrase, proven.sums_digest
        return proven.digests

    def _described(self, digests: dict[str, str]) -> Manifest:
        signed = [names.SIGNATURE] if names.SIGNATURE in self.members else []
        layout = Layout.of(self.stem, [*digests, *signed])
        if list(digests) != layout.covered(self.stem):
            raise VerificationError("SHA256SUMS lists other files than this format has")
        self._manifest = decode(self.public(names.MANIFEST), self.stem, layout)
        return self._manifest

    def _compare_all(self, digests: dict[str, str]) -> None:
        if list(digests) != Layout.of(self.stem, list(self.members)).covered(self.stem):
            raise VerificationError("SHA256SUMS lists other files than the bundle has")
        for member, digest in digests.items():
            self._compare(member, digest)

    def _compare(self, name: str, digest: str) -> None:
        found = hashlib.sha256()
        for chunk in self.raw(name):
            found.update(chunk)
        if found.hexdigest() != digest:
            raise VerificationError(f"{name} was altered or is damaged")

    def has(self, suffix: str) -> bool:
        """Whether there is a member STEM+suffix."""
        return f"{self.stem}{suffix}" in self.members

    @property
    def contents(self) -> Contents:
        """What the dump holds, as it was counted when it was made. Raises VerificationError."""
        if self._contents is None:
            expanded = capped(decompress(self.plain(names.CONTENTS)), LARGEST_CONTENTS)
            self._contents = Contents.decode(b"".join(expanded))
        return self._contents

    def expanded(self, suffix: str) -> Iterator[bytes]:
        """The SQL in the member STEM+suffix: as many bytes as the contents say, or VerificationError.

        All but the dump is small, and kept: to decrypt it again would be 0.3 s, and 1 s by OpenSSL 3.0's command.
        """
        if suffix == names.SQL:
            return self._expanded(suffix)
        if suffix not in self._small:
            self._small[suffix] = list(self._expanded(suffix))
        return iter(self._small[suffix])

    def _expanded(self, suffix: str) -> Iterator[bytes]:
        size = self.contents.plain.get(names.PLAIN[suffix])
        if size is None:
            raise VerificationError(f"the contents do not say how large {self.stem}{suffix} is")
        return measured(decompress(self.plain(suffix)), size)

    def plain(self, suffix: str) -> Iterator[bytes]:
        """The gzip-compressed content of the encrypted member STEM+suffix; the bundle must be authenticated."""
        if self._passphrase is None:
            raise VerificationError("the bundle cannot be decrypted here", hint="--identity FILE opens it")
        return self.decrypt(self.raw(f"{self.stem}{suffix}"), self._passphrase, WRITABLE[self.manifest.kdf])

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

    def public(self, name: str) -> bytes:
        """The whole of a member that is not encrypted, 64 KiB at most."""
        return b"".join(self.raw(name))
