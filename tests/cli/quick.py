"""The command line as its tests start it: `python -P quick.py WORDS…`, with an authentication key that costs nothing.

The key of SHA256SUMS.hmac is derived in 600,000 rounds, at least once in each command: of the time of these tests that
was more than half. What reads the file is written by the same tool here, so that one round tells as much. Whatever else
derives keys does it as always, and `with_defaults` has the tool itself, where stock commands read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf import pbkdf2

MODULE = "tests.cli.quick"
TOOL = (sys.executable, "-m", "backuptool")
QUICK = (sys.executable, "-P", __file__)
derivation: Any = pbkdf2.PBKDF2HMAC


def quick(algorithm: hashes.HashAlgorithm, length: int, salt: bytes, iterations: int) -> Any:
    """What stands for PBKDF2HMAC: only the authentication key is derived with SHA-512."""
    return derivation(algorithm, length, salt, 1 if isinstance(algorithm, hashes.SHA512) else iterations)


@contextmanager
def quick_keys() -> Iterator[None]:
    """The same in this process, for tests that make or read bundles by themselves."""
    from backuptool.bundle import authentication  # noqa: PLC0415 - the command line must be patched before it imports it

    before: Any = vars(authentication)["PBKDF2HMAC"]
    setattr(authentication, "PBKDF2HMAC", quick)  # noqa: B010
    try:
        yield
    finally:
        setattr(authentication, "PBKDF2HMAC", before)  # noqa: B010


if __name__ == "__main__":
    setattr(pbkdf2, "PBKDF2HMAC", quick)  # noqa: B010 - a function in the place of a class
    from backuptool.cli import main

    sys.exit(main())
