"""Files on somebody's host that can be told from everybody else's: the last line has the sum of those above it."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shlex
from dataclasses import dataclass
from pathlib import Path

from backuptool.errors import BackuptoolError, UsageError

MARK = "# installed by backuptool; sha256 of all above: "
STAMP = re.compile(rb"(?P<text>.*\n)# installed by backuptool; sha256 of all above: (?P<sum>[0-9a-f]{64})\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class File:
    """What is to be where: an absolute path, the text without our last line, the mode. `shipped`: as our text was once
    to be copied by hand, without that line.
    """

    path: Path
    text: str
    mode: int = 0o644
    shipped: bytes = b""

    @property
    def content(self) -> bytes:
        """With our last line."""
        text = self.text.encode(errors="surrogateescape")  # a path in it may have any bytes
        return text + f"{MARK}{hashlib.sha256(text).hexdigest()}\n".encode()

    def under(self, root: Path) -> Path:
        """Where it is when `root` stands for /."""
        return root / self.path.relative_to("/")


def place(file: File, root: Path) -> None:
    """Write it, whole or not at all, over one of ours. Raises UsageError when another is there, BackuptoolError."""
    target = file.under(root)
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}", hint="cron, or systemd, is not installed there")
    _refuse_unless_ours(file, target)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")  # run-parts and systemd pass over dots
    try:
        _sweep(target)
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as new:
                new.write(file.content)
                new.flush()
                os.fchmod(descriptor, file.mode)
                os.fsync(descriptor)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise _told(target, error) from error


def is_there(file: File, root: Path) -> bool:
    """Whether it is there. Raises UsageError when what is there is not ours, or was changed since, BackuptoolError."""
    return _refuse_unless_ours(file, file.under(root))


def remove(file: File, root: Path) -> bool:
    """Remove it; False when there is none. Raises UsageError when what is there is not ours, BackuptoolError."""
    target = file.under(root)
    if not is_there(file, root):
        return False
    try:
        _sweep(target)
        target.unlink()
    except OSError as error:
        raise _told(target, error) from error
    return True


def _sweep(target: Path) -> None:
    """Remove what a killed run left of it: a private name, which nothing but this makes."""
    for left in target.parent.glob(f".{target.name}.{'[0-9a-f]' * 8}"):
        left.unlink(missing_ok=True)


def _refuse_unless_ours(file: File, target: Path) -> bool:
    """Whether there is one. Raises UsageError when it is another's, or was changed since."""
    if not os.path.lexists(target):
        return False
    hint = f"look at it, then: rm {shlex.quote(str(target))}"
    if target.is_symlink() or not target.is_file():
        raise UsageError(f"{target} is there and not ours", hint=hint)
    try:
        content = target.read_bytes()
    except OSError as error:
        raise _told(target, error) from error
    if file.shipped and content == file.shipped:
        return True
    stamped = STAMP.match(content)
    if stamped is None:
        raise UsageError(f"{target} is there and not ours", hint=hint)
    if stamped.end() < len(content) or hashlib.sha256(stamped["text"]).hexdigest() != stamped["sum"].decode():
        raise UsageError(f"{target} was changed by somebody since it was installed", hint=hint)
    return True


def _told(target: Path, error: OSError) -> BackuptoolError:
    refused = error.errno in {errno.EACCES, errno.EPERM}
    hint = "run it as root" if refused else f"make room in {target.parent}, or mount it so that it can be written to"
    return BackuptoolError(f"{target}: {error.strerror}", hint=hint)
