"""Makes a folder of keys: a passphrase, a recipient's key pair, a signing key. All of them, or nothing is there."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backuptool.errors import BackuptoolError, UsageError
from backuptool.recipients import new_identity, new_passphrase, read_recipient
from backuptool.secret import Secret
from backuptool.signature import new_key
from backuptool.sshsig import fingerprint, signer_line
from backuptool.staging import staging

KINDS = ("passphrase", "recipient", "signing")
PRIVATE, PUBLIC = 0o600, 0o644


@dataclass(frozen=True, slots=True)
class Keys:
    """What was made; None where it was not asked for.

    `recipient`: hex sha256 of the public key's DER. `signer`: SHA256:… of ssh-keygen -l.
    """

    passphrase: Secret | None = None
    recipient: str | None = None
    signer: str | None = None


@contextmanager
def new_keys(folder: Path, kinds: Collection[str] = KINDS) -> Iterator[Keys]:
    """New keys in the new folder `folder` (0700), which appears at the end of this block, and not when it fails.

    `passphrase.txt` · `identity.pem`, `recipient.pem` · `signing_key`, `signing_key.pub`, `allowed_signers`.
    Raises UsageError when `folder` is there with something in it, BackuptoolError when it cannot be made.
    """
    folder = folder.resolve()
    _refuse_unless_free(folder)
    with staging(folder.parent, "name a folder elsewhere") as private:
        new = private / "keys"
        with _told(folder):
            new.mkdir(mode=0o700)
            keys = Keys(
                _passphrase(new) if "passphrase" in kinds else None,
                _recipient(new) if "recipient" in kinds else None,
                _signer(new) if "signing" in kinds else None,
            )
            _onto_the_disk(*new.iterdir(), new)
        yield keys
        with _told(folder):
            new.rename(folder)  # over an empty folder too, never over one with something in it: rename(2)
            _onto_the_disk(folder.parent)


def _refuse_unless_free(folder: Path) -> None:
    hint = "name a new folder"
    try:
        if any(folder.iterdir()):
            raise UsageError(f"{folder} has something in it already", hint=hint)
        if folder.samefile(Path.cwd()):
            raise UsageError(f"{folder} is where you are, and would be replaced", hint=hint)
    except FileNotFoundError:
        if not folder.parent.is_dir():
            raise UsageError(f"there is no folder {folder.parent}", hint="make it, or name another place") from None
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}", hint=hint) from error
    if not os.access(folder.parent, os.W_OK | os.X_OK):
        raise UsageError(f"{folder.parent} cannot be written to by you", hint="name a folder in another place")


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackuptoolError(f"{folder}: {error.strerror}", hint="make room there, or name another place") from error


def _passphrase(folder: Path) -> Secret:
    passphrase = new_passphrase()
    _write(folder / "passphrase.txt", passphrase.reveal() + b"\n", PRIVATE)
    return passphrase


def _recipient(folder: Path) -> str:
    private, public = new_identity()
    _write(folder / "identity.pem", private.reveal(), PRIVATE)
    _write(folder / "recipient.pem", public, PUBLIC)
    return read_recipient(folder / "recipient.pem").fingerprint


def _signer(folder: Path) -> str:
    public = new_key(folder / "signing_key")
    (folder / "signing_key.pub").chmod(PUBLIC)
    _write(folder / "allowed_signers", signer_line(public).encode(), PUBLIC)
    return fingerprint(public)


def _write(path: Path, content: bytes, mode: int) -> None:
    path.touch(mode=PRIVATE, exist_ok=False)
    path.write_bytes(content)
    path.chmod(mode)


def _onto_the_disk(*paths: Path) -> None:
    """The sheet is printed once: what it speaks of must outlive a power cut."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
