"""The rules for a passphrase file: only what `openssl enc -kfile` and `-pass file:` both read alike.

They differ on length (127 against 1,023 bytes), CR, an empty first line and one byte; both stop at NUL (openssl-enc(1),
measured on 1.1.1, 3.0 and 3.5). A file that they read differently would lock its owner out by hand.
"""

from __future__ import annotations

import stat
from pathlib import Path

from backuptool.errors import UsageError
from backuptool.secret import Secret

SHORTEST, LONGEST = 2, 127
HINT = "one line of 2 to 127 bytes, such as: openssl rand -base64 33"


def read_private(path: Path, what: str) -> bytes:
    """The bytes of a file that holds a secret; `what` names it in errors. Raises UsageError."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise UsageError(f"the {what} {path} is not a file")
        if mode & stat.S_IRWXO:
            raise UsageError(f"the {what} {path} is open to everybody on this host", hint=f"chmod 600 {path}")
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"the {what} {path} does not exist", hint="check the path in the configuration") from None
    except OSError as error:
        raise UsageError(f"the {what} {path} cannot be read: {error.strerror}", hint="run as its owner") from error


def read_passphrase(path: Path) -> Secret:
    """The passphrase in `path`. Raises UsageError with the reason when openssl's two ways to read it would differ."""
    content = read_private(path, "passphrase file")
    line = content.removesuffix(b"\n")
    for wrong, reason in (
        (not content, "is empty"),
        (b"\r" in content, "has a carriage return (Windows line ends?)"),
        (content.startswith(b"\n"), "begins with an empty line"),
        (b"\n" in line, "has more than one line"),
        (b"\0" in line, "has a NUL byte"),
        (len(line) < SHORTEST, "holds a single byte"),
        (len(line) > LONGEST, f"holds {len(line)} bytes; openssl -kfile drops all after {LONGEST}"),
    ):
        if wrong:
            raise UsageError(f"the passphrase file {path} {reason}", hint=HINT)
    return Secret(line)
