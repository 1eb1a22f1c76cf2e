"""RECOVER.txt: how to check and restore a bundle with stock commands, for somebody who has never seen this tool.

Constant per variant, because it is read before anything is authenticated: the sha256 of each variant stands on the key
sheet and in docs/recovery.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from itertools import product

from backuptool.encryption import WRITABLE

# RECOVER.txt in this package is all variants in one: a line that begins with `?WORD ` stands only where WORD holds.
TEMPLATE = "RECOVER.txt"


def recover_text(kdf: str, *, sealed: bool = False, signed: bool = False) -> bytes:
    """The bytes of RECOVER.txt for bundles of this key derivation, sealed for recipients or not, signed or not."""
    holds = {"sealed" if sealed else "passphrase", "signed" if signed else "unsigned"}
    template = (files("backuptool") / "data" / TEMPLATE).read_text(encoding="utf-8")
    return "".join(_chosen(template, holds)).replace("@KDF@", WRITABLE[kdf].options).encode()


def _chosen(template: str, holds: set[str]) -> Iterator[str]:
    for line in template.splitlines(keepends=True):
        word, _, rest = line.partition(" ")
        if not word.startswith("?"):
            yield line
        elif word[1:] in holds:
            yield rest


def variants() -> dict[str, str]:
    """The sha256 of each variant's RECOVER.txt, as hex, by what sets it apart: `pbkdf2, passphrase, signed`.

    Not of what is sealed and not signed: no plan makes that, and whoever has the public key can. Who found it on the
    sheet would follow a text that asks for no signature.
    """
    return {
        f"{kdf}, {'recipients' if sealed else 'passphrase'}, {'signed' if signed else 'not signed'}": hashlib.sha256(
            recover_text(kdf, sealed=sealed, signed=signed)
        ).hexdigest()
        for kdf, sealed, signed in product(WRITABLE, (False, True), (False, True))
        if signed or not sealed
    }


def script(text: bytes, name: str) -> str:
    """The commands of the part `name` (unseal, check, decrypt, restore) of a RECOVER.txt. Raises ValueError."""
    _, begin, rest = text.decode().partition(f"--- {name} ---\n")
    commands, end, _ = rest.partition("--- end ---\n")
    if not begin or not end:
        raise ValueError(f"RECOVER.txt has no part {name}")
    return commands
