"""The rules for a passphrase file: only what `openssl enc -kfile` and `-pass file:` both read alike.

They differ on length (127 against 1,023 bytes), CR, an empty first line and one byte; both stop at NUL (openssl-enc(1),
measured on 1.1.1, 3.0 and 3.5). A file that they read differently would lock its owner out by hand.
"""

from __future__ import annotations

import codecs
import os
import shlex
import stat
from pathlib import Path

from backuptool.errors import UsageError
from backuptool.secret import Secret

CREDENTIALS = Path("/run/credentials")  # of each of systemd's units a folder (systemd.exec(5), CREDENTIALS)
SHORTEST, LONGEST = 2, 127
HINT = "one line of 2 to 127 bytes, such as: openssl rand -base64 33"
# What `-kfile` read of such a file, as a file that every way reads alike: it opens what was encrypted with the old one.
SAME = "what openssl -kfile read of it, so that old backups still open: umask 077; {}"


def read_private(path: Path, what: str, closed_to: int = stat.S_IRWXO) -> bytes:
    """The bytes of a file that holds a secret and has none of the mode bits `closed_to`; `what` names it in errors.

    The group bits count in a file of our own only. Raises UsageError.
    """
    try:
        status = path.stat()
        mode = status.st_mode
        if status.st_uid != os.geteuid():
            # Another's choice, as ssh sees it too. systemd's credentials are such files, root's, 0440: the group bits
            # are the mask of an ACL that lets the unit's user in and nobody else (systemd.exec(5), CREDENTIALS).
            closed_to &= ~stat.S_IRWXG
        if not stat.S_ISREG(mode):
            raise UsageError(f"the {what} {path} is not a file", hint="name the file, not its folder or a pipe")
        if mode & closed_to:
            whom = "everybody on this host" if mode & stat.S_IRWXO else "its group"
            raise UsageError(f"the {what} {path} is open to {whom}", hint=f"chmod 600 {shlex.quote(str(path))}")
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"the {what} {path} does not exist", hint=_whence(path)) from None
    except OSError as error:
        raise UsageError(f"the {what} {path} cannot be read: {error.strerror}", hint="run as its owner") from error


def _whence(missing: Path) -> str:
    if not missing.is_relative_to(CREDENTIALS):
        return "check the path, in the configuration or where it is given"
    loads = f"LoadCredential={missing.name}:PATH"
    by_hand = f"systemd-run -P -p {shlex.quote(loads)} backuptool …"
    there = f"is there /etc/credstore/{missing.name}?"
    return f"systemd hands it out: {there} else add {loads.replace('%', '%%')} to the unit; by hand: {by_hand}"


def read_text(path: Path, what: str) -> bytes:
    """`read_private` of what a person wrote. Raises UsageError, also for the mark that Windows puts before UTF-8."""
    content = read_private(path, what)
    if content.startswith(codecs.BOM_UTF8):
        hint = rf"remove it: sed -i '1s/^\xef\xbb\xbf//' {shlex.quote(str(path))}"
        raise UsageError(f"the {what} {path} begins with a byte order mark (written on Windows?)", hint=hint)
    return content


def read_line(path: Path, what: str) -> Secret:
    """The one line of the file at `path` that holds the secret `what`, without its end. Raises UsageError."""
    content = read_text(path, f"{what} file").removesuffix(b"\n")
    if not content:
        raise UsageError(f"the {what} file {path} is empty", hint=f"write the {what} into it, one line")
    if b"\r" in content:
        hint = f"remove it: sed -i 's/\\r//g' {shlex.quote(str(path))}"
        raise UsageError(f"the {what} file {path} has a carriage return (Windows line ends?)", hint=hint)
    if b"\n" in content or b"\0" in content:
        hint = f"write the {what} alone, ended by a plain newline or by nothing"
        raise UsageError(f"the {what} file {path} holds more than one line", hint=hint)
    return Secret(content)


def read_passphrase(path: Path) -> Secret:
    """The passphrase in `path`. Raises UsageError with the reason when openssl's two ways to read it would differ."""
    return passphrase_in(read_private(path, "passphrase file"), f"the passphrase file {path}")


def passphrase_in(content: bytes, what: str) -> Secret:
    """The passphrase in a passphrase file's bytes, with or without the newline; `what` names it. Raises UsageError."""
    line = content.removesuffix(b"\n")
    for wrong, reason, same in (
        (not content, "is empty", ""),
        (b"\r" in content, "has a carriage return (Windows line ends?)", "tr -d '\\r' < OLD > NEW"),
        (content.startswith(b"\n"), "begins with an empty line", ""),
        (b"\n" in line, "has more than one line", "head -n 1 OLD > NEW"),
        (b"\0" in line, "has a NUL byte", ""),
        (len(line) < SHORTEST, "holds a single byte", ""),
        (
            len(line) > LONGEST,
            f"holds {len(line)} bytes; openssl -kfile drops all after {LONGEST}",
            f"head -c {LONGEST} OLD > NEW",
        ),
    ):
        if wrong:
            raise UsageError(f"{what} {reason}", hint=SAME.format(same) if same else HINT)
    return Secret(line)
