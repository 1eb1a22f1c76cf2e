"""A bundle, or what the old procedure left, → the .sql.gz; no plan, no store, no database."""

from __future__ import annotations

import logging
from pathlib import Path

from backuptool.bundle import Keys, names, opened
from backuptool.encryption import Kdf
from backuptool.errors import UsageError
from backuptool.new_file import STDOUT, write_new
from backuptool.past import is_old
from backuptool.past import opened as opened_old
from backuptool.past.gunzip import whole
from backuptool.past.part import reading
from backuptool.secret import Secret

log = logging.getLogger(__name__)
ENDS = {"gzip": ".sql.gz", "sql": ".sql", "custom": ".dump"}  # what a file from an old tar is called, by what it is


def decrypt_file(path: Path, keys: Keys, out: Path | None, kdf: Kdf | None = None) -> Path:
    """Decrypt `path` into `out` (`-`: stdout; default: its name without .enc or .tar, here); returns where it went.

    A bundle is authenticated first; an old backup cannot be, and that is said. Never replaces a file. Raises
    VerificationError, UsageError, BackuptoolError.
    """
    if is_old(path):
        return _decrypt_old(path, keys.secrets, out, kdf)
    if kdf is not None:
        raise UsageError("--kdf is for old backups; how a bundle's key was made is known", hint="leave --kdf out")
    with reading(path), opened(path, keys) as bundle:
        target = out or Path(f"{bundle.stem}.sql.gz")
        write_new(target, whole(bundle.plain(names.SQL)))
    return target


def _decrypt_old(path: Path, passphrases: list[Secret], out: Path | None, kdf: Kdf | None) -> Path:
    with opened_old(path) as old:
        opening = old.opening(passphrases, kdf)
        target = out or _default(path, opening.kind)
        if target == STDOUT:  # what was printed cannot be taken back: md5 and checksum are compared before
            old.prove(opening)
        write_new(target, old.plain(opening))
    log.warning("%s is unauthenticated: %s", path.name, old.evidence(opening))
    return target


def _default(path: Path, kind: str) -> Path:
    if path.name.endswith(".tar"):  # never a name from inside the tar: whoever made it chose that
        return Path(path.name.removesuffix(".tar") + ENDS.get(kind, ".decrypted"))
    return Path(path.name.removesuffix(".enc") if path.name.endswith(".enc") else f"{path.name}.decrypted")
