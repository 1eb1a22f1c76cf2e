"""Another spelling of the numbers in a signature, which proves as much to whoever reads it."""

from __future__ import annotations

from collections.abc import Callable

from tests.signature.test_check import armoured, blob_of

Change = Callable[[bytes], bytes]
ORDER = 2**252 + 27742317777372353535851937790883648493  # of Ed25519's group (RFC 8032, 5.1)


def strings(blob: bytes) -> list[bytes]:
    found = []
    while blob:
        end = 4 + int.from_bytes(blob[:4])
        found.append(blob[4:end])
        blob = blob[end:]
    return found


def joined(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4) + part for part in parts)


def respelt(made: bytes, place: int, number: int, change: Change) -> bytes:
    """`made` with the string `number` of its string `place` (0: the public key, 4: the signature) changed."""
    blob = blob_of(made)
    outer = strings(blob[10:])
    inner = strings(outer[place])
    inner[number] = change(inner[number])
    outer[place] = joined(*inner)
    return armoured(blob[:10] + joined(*outer))


def plus_order(value: bytes) -> bytes:
    """S, the second half, and the group's order: S again."""
    return value[:32] + (int.from_bytes(value[32:], "little") + ORDER).to_bytes(32, "little")
