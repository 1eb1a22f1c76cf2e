"""How a file's key was made: it is not in the file, so it is told by what the file decrypts to. Never by luck.

A wrong key gives random bytes. Those are taken for gzip once in 2^27, for the head of a dump in 2^40 or less, for
padding once in 256. So a known beginning decides; without one, padding, but only when it is long, or before text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from backuptool.compression import RESERVED
from backuptool.encryption import BLOCK, MAGIC, PAST, SALT, Kdf, ends, salt_of
from backuptool.errors import VerificationError
from backuptool.past.part import Part
from backuptool.secret import Secret

HEAD = len(MAGIC) + SALT
LONG = 4  # bytes of padding: by luck once in 2^32
TEXT = frozenset(b"\t\n\r") | frozenset(range(0x20, 0x7F))  # 16 such bytes: by luck once in 2^22, and padding 2^8


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a passphrase and a derivation make of a file: its first 16 bytes, its padding (1 to 16, 0: none fits)."""

    passphrase: Secret
    kdf: Kdf
    begin: bytes = field(repr=False)
    padding: int

    @property
    def kind(self) -> str:
        """What the plaintext is, by its first bytes: gzip, sql, custom (pg_dump -Fc); empty when it is none of them."""
        if self.begin.startswith(b"\x1f\x8b\x08") and not self.begin[3] & RESERVED:
            return "gzip"
        if self.begin == b"--\n-- PostgreSQL":  # just 16 bytes
            return "sql"
        return "custom" if self.begin.startswith(b"PGDMP") else ""

    def by_luck(self, size: int) -> bool:
        """Whether a wrong key might have ended a plaintext of this one's kind (of `size` bytes, padded) just so."""
        text = self.begin[: size - self.padding]
        return self.padding < LONG and not TEXT.issuperset(text)


def attempts(file: Part, passphrases: Iterable[Secret], candidates: Iterable[Kdf] = PAST) -> list[Attempt]:
    """Each derivation under each passphrase, tried on a file's ends. Raises VerificationError when it is cut short."""
    if file.size < HEAD + BLOCK or (file.size - HEAD) % BLOCK:
        raise VerificationError("the encrypted data is cut short")
    salt = salt_of(file.read(0, HEAD))
    first = file.read(HEAD, BLOCK)
    rest = min(2 * BLOCK, file.size - HEAD)
    last = file.read(file.size - rest, rest)
    derivations = list(candidates)
    return [
        Attempt(passphrase, kdf, *ends(salt, first, last, passphrase, kdf))
        for passphrase in passphrases
        for kdf in derivations
    ]


def choose(tried: list[Attempt], size: int, matches: Callable[[Attempt], bool] | None = None) -> Attempt:
    """The attempt that opens the file, of `size` padded bytes; `matches`: whether an attempt gives the known md5.

    Raises VerificationError when none does, or more than one may.
    """
    known = [attempt for attempt in tried if attempt.kind]
    fitting = known or [attempt for attempt in tried if attempt.padding]
    if matches is not None and (len(fitting) > 1 or not known):
        fitting = [attempt for attempt in fitting if matches(attempt)]
    if not fitting:
        raise _none(tried)
    if len(fitting) > 1:
        raise _several(fitting)
    if len(tried) > 1 and not known and matches is None and fitting[0].by_luck(size):
        raise _weak(fitting[0])
    return fitting[0]


def _none(tried: list[Attempt]) -> VerificationError:
    names = ", ".join(dict.fromkeys(attempt.kdf.name for attempt in tried))
    return VerificationError(
        f"no known key derivation opens this ({names})",
        hint="wrong passphrase, altered data, or a derivation to be named: --kdf pbkdf2:N, sop or md5"
        " (another cipher or -md than stock: openssl enc -d opens it)",
    )


def _several(fitting: list[Attempt]) -> VerificationError:
    names = list(dict.fromkeys(attempt.kdf.name for attempt in fitting))
    return VerificationError(
        f"several key derivations seem to open this ({', '.join(names)}), and nothing tells which is right",
        hint=f"is the passphrase right? If so, say how the key was made: --kdf {' or '.join(names)}",
    )


def _weak(attempt: Attempt) -> VerificationError:
    return VerificationError(
        f"this opens to no gzip, and only {attempt.padding} of padding speaks for {attempt.kdf.name}: perhaps by luck",
        hint=f"is the passphrase right? If so, and the key was made so: --kdf {attempt.kdf.name}",
    )
