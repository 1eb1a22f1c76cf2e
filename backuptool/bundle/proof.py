"""Who made SHA256SUMS: a holder of a passphrase, or of a signing key. Nothing else of a bundle is read before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC

from backuptool.bundle import names
from backuptool.bundle.authentication import Mac, authenticate, parse_line, parse_sums
from backuptool.bundle.keys import Keys
from backuptool.bundle.names import Stem
from backuptool.errors import VerificationError
from backuptool.recipients import Identity
from backuptool.secret import Secret
from backuptool.signature import check
from backuptool.sshsig import check_form

IN_USE = "was it in use for longer? then a later `until`, which is UTC unless it says otherwise; else it is a forgery"


@dataclass(frozen=True, slots=True)
class Proven:
    """What SHA256SUMS says, as its maker wrote it.

    `digests`: member → hex sha256, in order. `passphrase`: what decrypts; None where only a signature proved it.
    `sums_digest`: of SHA256SUMS itself, as hex.
    """

    digests: dict[str, str]
    passphrase: Secret | None
    sums_digest: str


def prove(stem: Stem, members: Collection[str], read: Callable[[str], bytes], keys: Keys) -> Proven:
    """SHA256SUMS, proven by passphrase or signature: the hmac line → unseal → CHECK → MAC → signature.

    `read`: the bytes of a public member. Raises VerificationError.
    """
    text, mac = read(names.SUMS), parse_line(read(names.HMAC))
    sealed = [name for name in members if name.startswith(names.SEALED)]
    passphrase = _key(text, mac, sealed, read, keys)
    if passphrase is not None:
        _refuse_retired(passphrase, stem, keys)
    if keys.signers is not None:
        if names.SIGNATURE not in members:
            raise VerificationError("the bundle is not signed, and a signature by one of the signers is demanded")
        check(text, read(names.SIGNATURE), keys.signers, stem.plan)
    elif names.SIGNATURE in members:
        check_form(read(names.SIGNATURE))
    return Proven(parse_sums(text), passphrase, hashlib.sha256(text).hexdigest())


def _key(text: bytes, mac: Mac, sealed: list[str], read: Callable[[str], bytes], keys: Keys) -> Secret | None:
    """The passphrase that proves `text`; None where only a signature can."""
    candidates = keys.secrets
    if sealed and keys.identity is not None:
        candidates.append(_unsealed(map(read, sealed), keys.identity))
    # A plan that has recipients now may have passphrases of its past; none of them is a sealed bundle's.
    if sealed and keys.identity is None and keys.signers is not None:
        return None
    if not candidates:
        what, hint = ("sealed for recipients", "--identity FILE") if sealed else ("encrypted", "--passphrase-file")
        raise VerificationError(f"the bundle is {what}, and nothing at hand proves it", hint=hint)
    if sealed and keys.identity is None:
        hint = "it says that it is sealed for recipients: --identity FILE, the private key of one of them"
        return authenticate(text, mac, candidates, hint)
    return authenticate(text, mac, candidates)


def _unsealed(sealed: Iterable[bytes], identity: Identity) -> Secret:
    for box in sealed:
        try:
            return identity.unseal(box)
        except VerificationError:
            continue  # it is another recipient's
    raise VerificationError("the bundle is not sealed for this identity", hint="use another recipient's private key")


def _refuse_retired(found: Secret, stem: Stem, keys: Keys) -> None:
    for passphrase in keys.passphrases:
        if passphrase.secret == found and passphrase.until and stem.created > passphrase.until:
            retired = passphrase.until.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
            what = f"the bundle was made under a passphrase that was retired on {retired}"
            raise VerificationError(what, hint=IN_USE)
