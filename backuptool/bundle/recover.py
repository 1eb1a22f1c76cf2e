"""RECOVER.txt: how to check and restore a bundle with stock commands, for somebody who has never seen this tool.

Constant per variant, because it is read before anything is authenticated: a copy of it stands in docs/recovery.md.
"""

from __future__ import annotations

from importlib.resources import files

from backuptool.encryption import WRITABLE


def recover_text(kdf: str) -> bytes:
    """The bytes of RECOVER.txt for bundles of this key derivation."""
    text = (files("backuptool") / "data" / "RECOVER.txt").read_text(encoding="utf-8")
    return text.replace("@KDF@", WRITABLE[kdf].options).encode()
