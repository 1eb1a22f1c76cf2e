"""A bundle, or a bare file of `openssl enc`, → the .sql.gz; no plan, no store, no database."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from backuptool.bundle import Bundle, names
from backuptool.encryption import Kdf, decrypt, opens_to_gzip
from backuptool.errors import UsageError, VerificationError
from backuptool.secret import Secret

HEAD = 32
CHUNK = 1 << 18


def decrypt_file(path: Path, passphrase: Secret, out: Path | None, kdf: Kdf | None = None) -> Path:
    """Decrypt `path` into `out` (default: its name without .enc or .tar, here); returns where it went.

    A bundle is authenticated first; a bare file cannot be. Never replaces a file. Raises VerificationError, UsageError.
    """
    if is_encrypted(path):
        with path.open("rb") as file:
            chosen = kdf or _kdf(file.read(HEAD), passphrase)
            file.seek(0)
            target = out or Path(
                path.name.removesuffix(".enc") if path.name.endswith(".enc") else f"{path.name}.sql.gz"
            )
            return write_new(target, decrypt(chunks_of(file), passphrase, chosen))
    with Bundle.open(path) as bundle:
        bundle.authenticate([passphrase])
        return write_new(out or Path(f"{bundle.stem}.sql.gz"), bundle.plain(names.SQL))


def is_encrypted(path: Path) -> bool:
    """Whether a file begins as `openssl enc` writes it. Raises UsageError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(8) == b"Salted__"
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="name a bundle or an .enc file on this disk") from error


def chunks_of(file: BinaryIO) -> Iterator[bytes]:
    """The rest of a file."""
    while chunk := file.read(CHUNK):
        yield chunk


def _kdf(head: bytes, passphrase: Secret) -> Kdf:
    found = opens_to_gzip(head, passphrase)
    if len(found) != 1:
        raise VerificationError(
            "no known key derivation opens this to gzip data",
            hint="wrong passphrase; or say how the key was made: --kdf pbkdf2:N, sop or md5",
        )
    return found[0]


def write_new(path: Path, chunks: Iterable[bytes]) -> Path:
    """A new file (0600), there only when it is whole; `-` is stdout. Raises UsageError when it exists."""
    if str(path) == "-":
        for chunk in chunks:
            os.write(1, chunk)
        return path
    if path.exists():
        raise UsageError(f"{path} exists already", hint="name another file with -o")
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with part.open("xb") as file:
            part.chmod(0o600)
            for chunk in chunks:
                file.write(chunk)
        os.link(part, path)  # never replaces, where a rename would
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="name another place with -o") from error
    finally:
        part.unlink(missing_ok=True)
    return path
