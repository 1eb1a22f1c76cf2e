"""What a bundle is made under, and what a reader brings to open one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from backuptool.encryption import PBKDF2, Kdf
from backuptool.recipients import Identity, Recipient
from backuptool.secret import Secret


@dataclass(frozen=True, slots=True)
class Sealing:
    """What a new bundle is made under. `passphrase` encrypts; with recipients it is this bundle's own and sealed for
    each of them. `signing_key`: a private key of ssh-keygen's that signs."""

    passphrase: Secret
    kdf: Kdf = PBKDF2
    recipients: tuple[Recipient, ...] = ()
    signing_key: Path | None = None


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A passphrase to read with. `until`: when it was retired; what was made later is not believed under it."""

    secret: Secret
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """What a reader has: passphrases, the private key of a recipient, the file of the signers that it demands."""

    passphrases: tuple[Passphrase, ...] = ()
    identity: Identity | None = None
    signers: Path | None = None

    @property
    def secrets(self) -> list[Secret]:
        """The passphrases themselves."""
        return [passphrase.secret for passphrase in self.passphrases]

    @classmethod
    def of(cls, *secrets: Secret) -> Keys:
        """Passphrases only, none retired."""
        return cls(tuple(map(Passphrase, secrets)))
