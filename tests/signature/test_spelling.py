"""A signature's numbers have one spelling, whatever else OpenSSH reads: nobody alters a byte of it without the key."""

from __future__ import annotations

import pytest

from backuptool.errors import VerificationError
from backuptool.signature import check, sign
from backuptool.sshsig import check_form
from tests.signature.conftest import TEXT, Signers
from tests.signature.spelling import Change, joined, plus_order, respelt, strings
from tests.signature.test_check import armoured, blob_of

pytestmark = pytest.mark.needs("ssh-keygen")


def padded(value: bytes) -> bytes:
    return b"\0" + value


def padded_second(value: bytes) -> bytes:
    one, other = strings(value)
    return joined(one, padded(other))


RESPELT = {
    "ed25519 S + L": ("ed25519", 4, 1, plus_order),
    "ecdsa s with a zero before it": ("ecdsa", 4, 1, padded_second),
    "rsa exponent with a zero before it": ("rsa", 0, 1, padded),
    "rsa modulus with a zero before it": ("rsa", 0, 2, padded),
    "rsa signature without its first byte": ("rsa", 4, 1, lambda value: value[1:]),
}


@pytest.mark.parametrize(("kind", "place", "number", "change"), RESPELT.values(), ids=RESPELT)
def test_another_spelling_of_the_same_numbers_is_refused(
    signers: Signers, kind: str, place: int, number: int, change: Change
) -> None:
    """OpenSSH 9.2 takes them all, the last one where that byte is zero."""
    made = sign(TEXT, signers.key(kind))
    check(TEXT, made, signers.allowed, "broker")
    with pytest.raises(VerificationError, match="not written as"):
        check_form(respelt(made, place, number, change))


def test_an_rsa_signature_may_begin_with_zero(signers: Signers) -> None:
    """One of 256 does: it is as long as the modulus, and no mpint."""
    check_form(respelt(sign(TEXT, signers.key("rsa")), 4, 1, lambda value: b"\0" + value[1:]))


@pytest.mark.parametrize(
    ("kind", "value"), [("ssh-ed25519", bytes(64)), ("ecdsa-sha2-nistp256", joined(b"\1" * 32, b"\0" + b"\xff" * 32))]
)
def test_a_key_on_a_token_signs_too(signers: Signers, kind: str, value: bytes) -> None:
    """Its flags and its counter stand behind the signature (OpenSSH's PROTOCOL.u2f)."""
    blob = blob_of(sign(TEXT, signers.key()))
    outer = strings(blob[10:])
    outer[4] = joined(f"sk-{kind}@openssh.com".encode(), value) + b"\1" + (7).to_bytes(4)
    check_form(armoured(blob[:10] + joined(*outer)))
    outer[4] = joined(f"sk-{kind}@openssh.com".encode(), b"\0" + b"\xff" * len(value)) + b"\1" + (7).to_bytes(4)
    with pytest.raises(VerificationError):
        check_form(armoured(blob[:10] + joined(*outer)))
