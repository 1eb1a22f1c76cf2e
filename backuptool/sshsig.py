"""The one form that a signature of `ssh-keygen -Y sign` may have here (OpenSSH's PROTOCOL.sshsig).

`ssh-keygen -Y verify` also takes another version number, something in the reserved field, other line lengths and text
after the end (measured, OpenSSH 9.2): places to hide in. So a signature is checked by making its text again. It takes
numbers in other spellings too; so each must have the one in which ssh-keygen writes it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from backuptool.errors import VerificationError

NAMESPACE = "backuptool-bundle-1"
LONGEST = 1 << 14  # bytes; an RSA key of 16384 bits makes 6 KB
PREAMBLE = b"SSHSIG" + (1).to_bytes(4)
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
WIDTH = 70
ORDER = 2**252 + 27742317777372353535851937790883648493  # of Ed25519's group: S is less (RFC 8032, 5.1.7)


def check_form(signature: bytes) -> None:
    """See that `signature` is one armoured signature for our namespace and nothing else. Raises VerificationError.

    Whether it is good is another question (signature.py).
    """
    if len(signature) > LONGEST:
        raise VerificationError(f"the signature has {len(signature)} bytes; {LONGEST} is the most")
    try:
        blob = base64.b64decode(b"".join(signature.splitlines()[1:-1]), validate=True)
        public, namespace, _, digest, made = _strings(blob[len(PREAMBLE) :])
        spelt = _spelt(public, made)
    except ValueError:
        raise VerificationError("the signature is not one of `ssh-keygen -Y sign`") from None
    if not spelt or signature != _armoured((public, namespace, b"", digest, made)):
        raise VerificationError("the signature is not written as `ssh-keygen -Y sign` writes it")
    if namespace != NAMESPACE.encode():
        raise VerificationError(f"the signature was made for {namespace.decode(errors='replace')!r}, not {NAMESPACE}")


def fingerprint(public: str) -> str:
    """The fingerprint of a line of a .pub file, as `ssh-keygen -lf` prints it: SHA256:…"""
    digest = hashlib.sha256(base64.b64decode(public.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def signer_line(public: str) -> str:
    """The line of an allowed_signers file (ssh-keygen(1)) that lets this key sign bundles of any plan."""
    kind, key = public.split()[:2]
    return f'backuptool-* namespaces="{NAMESPACE}" {kind} {key}\n'


def _spelt(public: bytes, made: bytes) -> bool:
    """Whether the numbers of key and signature have their one spelling. Raises ValueError."""
    kind, value = _strings(made, 2)  # a token's flags and counter are behind them
    if b"ed25519" in kind:
        return len(value) == 64 and int.from_bytes(value[32:], "little") < ORDER
    if b"ecdsa" in kind:
        return all(map(_is_mpint, _strings(value)))
    if kind.startswith(b"rsa"):
        _, exponent, modulus = _strings(public)
        return _is_mpint(exponent) and _is_mpint(modulus) and len(value) == len(modulus.lstrip(b"\0"))
    return True


def _is_mpint(number: bytes) -> bool:
    """Whether it is the mpint of a positive number (RFC 4251, 5): a zero first only before a high bit."""
    value = int.from_bytes(number)
    return value > 0 and len(number) == value.bit_length() // 8 + 1


def _strings(rest: bytes, most: int = LONGEST) -> Sequence[bytes]:
    found: list[bytes] = []
    while rest and len(found) < most:
        end = 4 + int.from_bytes(rest[:4])
        if len(rest) < end:
            raise ValueError("cut short")
        found.append(rest[4:end])
        rest = rest[end:]
    return found


def _armoured(strings: Sequence[bytes]) -> bytes:
    blob = PREAMBLE + b"".join(len(string).to_bytes(4) + string for string in strings)
    text = base64.b64encode(blob).decode()
    lines = (text[start : start + WIDTH] for start in range(0, len(text), WIDTH))
    return "".join(f"{line}\n" for line in (BEGIN, *lines, END)).encode()
