"""An old backup, from a bare .enc file or from the old procedure's tar: decrypted, compared with its md5, unproven."""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backuptool.bundle.names import RECOVER, Stem
from backuptool.compression import decompress
from backuptool.encryption import MAGIC, PAST, Kdf, decrypt
from backuptool.errors import SourceError, UsageError, VerificationError
from backuptool.past.derivation import HEAD, Attempt, attempts, choose
from backuptool.past.gunzip import whole
from backuptool.past.md5 import read_md5
from backuptool.past.part import Part, readable
from backuptool.past.tar import first_name, members
from backuptool.secret import Secret
from backuptool.sources.completeness import complete

NOT_PLAIN = "decrypt it and look into it: it may be of pg_dumpall, or for pg_restore; else it never was whole"


@dataclass(frozen=True, slots=True)
class OldVerdict:
    """A whole old dump: the file's size and the dump's in bytes, how its key was made, whether an md5 was compared."""

    size: int
    dump_size: int
    kdf: str
    md5: bool


class OldBackup:
    """One encrypted dump and, where there is one, the md5 of what it decrypts to. Nothing proves who made either."""

    def __init__(self, encrypted: Part, md5: str = "") -> None:
        self._encrypted, self._md5 = encrypted, md5

    def opening(self, passphrases: Sequence[Secret], kdf: Kdf | None = None) -> Attempt:
        """How it is opened; `kdf`: how a person says that its key was made. Raises VerificationError, UsageError."""
        if not passphrases:
            what = "no passphrase is at hand, and nothing else opens an old backup"
            raise UsageError(what, hint="--passphrase-file FILE")
        tried = attempts(self._encrypted, passphrases, [kdf] if kdf else PAST)
        return choose(tried, self._encrypted.size - HEAD, self._matches if self._md5 else None)

    def plain(self, opening: Attempt) -> Iterator[bytes]:
        """What was encrypted. Raises VerificationError, at the latest at its end, when md5 or checksum differ."""
        chunks = decrypt(self._encrypted.chunks(), opening.passphrase, opening.kdf)
        if self._md5:
            yield from self._compared(chunks)
        else:
            yield from whole(chunks) if opening.kind == "gzip" else chunks

    def prove(self, opening: Attempt) -> None:
        """Compare md5 or gzip's checksum, and do nothing else. Raises VerificationError."""
        for _ in self.plain(opening):
            pass

    def sql(self, opening: Attempt) -> Iterator[bytes]:
        """The plain dump, complete. Raises VerificationError."""
        chunks = self.plain(opening)
        try:
            yield from complete(decompress(chunks) if opening.kind == "gzip" else chunks)
        except SourceError as error:
            raise VerificationError(error.message, hint=NOT_PLAIN) from error

    def verify(self, opening: Attempt) -> OldVerdict:
        """Decrypt and expand it, writing nothing. Raises VerificationError."""
        if self._md5:  # first: an altered file and a dump that never was whole are not the same news
            self.prove(opening)
        elif opening.kind != "gzip":
            raise VerificationError(
                "there is no md5, and no gzip with a checksum: nothing says whether it is whole",
                hint="put its .md5 beside it, or decrypt it and look into it",
            )
        dump_size = sum(map(len, self.sql(opening)))
        size = os.fstat(self._encrypted.file.fileno()).st_size
        return OldVerdict(size, dump_size, opening.kdf.name, bool(self._md5))

    def evidence(self, opening: Attempt) -> str:
        """What speaks for it once `plain` has ended well."""
        if self._md5:
            return "md5 matches; nothing proves who made it"
        if opening.kind == "gzip":
            return "no md5, but gzip's checksum matches; nothing proves who made it"
        if opening.kind:
            return "no md5; nothing proves that it is whole, nor who made it"
        return "no md5 and no gzip: only its last bytes speak for passphrase and derivation"

    def _compared(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        digest = hashlib.md5(usedforsecurity=False)
        for chunk in chunks:
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != self._md5:
            raise VerificationError("the decrypted data has another md5 than its .md5 file says")

    def _matches(self, attempt: Attempt) -> bool:
        try:
            self.prove(attempt)
        except VerificationError:
            return False
        return True


def is_old(path: Path) -> bool:
    """Whether the file at `path` is an openssl file, or a tar that begins with another member than a bundle does.

    What begins as a bundle, or has a bundle's name, is read as a bundle or not at all: else one who may write to the
    store could put a dump alone in the place of the bundle that it was authenticated in. Raises UsageError,
    BackuptoolError.
    """
    with readable(path) as file:  # whatever its name is: a pipe that nobody writes to is waited for without an end
        if Stem.of_bundle(path.name):
            return False
        head = file.read(0, min(tarfile.BLOCKSIZE, file.size))
    return head.startswith(MAGIC) or first_name(head) not in (None, RECOVER)


@contextmanager
def opened(path: Path) -> Iterator[OldBackup]:
    """The old backup at `path`: an .enc file, with the .md5 beside it where there is one, or a tar of both.

    Raises UsageError, BackuptoolError, VerificationError.
    """
    with readable(path) as file:
        if file.read(0, min(len(MAGIC), file.size)) == MAGIC:
            yield OldBackup(file, _md5_beside(path))
        else:
            yield _of_tar(file)


def _md5_beside(path: Path) -> str:
    """Whatever name it has inside: both may have been renamed."""
    beside = path.with_name(f"{path.name.removesuffix('.enc')}.md5")
    if not path.name.endswith(".enc") or not beside.exists():
        return ""
    with readable(beside) as file:
        return read_md5(file)


def _of_tar(file: Part) -> OldBackup:
    encrypted, md5 = members(file)
    base = encrypted.base.removesuffix(".enc")
    if Stem.parse(base.removesuffix(".sql.gz")):
        raise VerificationError("this tar was made of a bundle's members: what authenticated them was taken out")
    return OldBackup(encrypted.content, read_md5(md5.content, base))
