"""What is sealed for a recipient opens with its private key, by the stock command too, and with nothing else."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backuptool.encryption import PBKDF2, encrypt
from backuptool.errors import UsageError, VerificationError
from backuptool.recipients import (
    Identity,
    Recipient,
    new_identity,
    new_passphrase,
    read_identity,
    read_recipient,
    read_recipients,
    seal,
)
from backuptool.secret import Secret

PASSPHRASE = Secret(b"correct horse")
PASSWORD = Secret(b"battery staple")
OAEP = "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256"


def sh(command: str, folder: Path) -> bytes:
    return subprocess.run(["sh", "-ec", command], cwd=folder, capture_output=True, check=True).stdout


@dataclass
class Keys:
    folder: Path

    @property
    def recipient(self) -> Recipient:
        return read_recipient(self.folder / "ops.pem")

    @property
    def identity(self) -> Identity:
        return read_identity(self.folder / "identity.pem", None)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Two key pairs of the openssl command, and the other things a person may take for them."""
    folder = tmp_path_factory.mktemp("keys")
    for command in (
        "openssl genrsa -out identity.pem 3072; openssl pkey -in identity.pem -pubout -out ops.pem",
        "openssl genrsa -out other.pem 3072; openssl pkey -in other.pem -pubout -out other.pub.pem",
        "openssl genrsa -out 3070.key 3070; openssl pkey -in 3070.key -pubout -out 3070.pem",
        "openssl rsa -in identity.pem -traditional -out traditional.pem",
        "openssl rsa -in identity.pem -traditional -aes256 -passout 'pass:battery staple' -out traditional.enc.pem",
        "openssl pkey -in identity.pem -aes256 -passout 'pass:battery staple' -out identity.enc.pem",
        "openssl rsa -in identity.pem -RSAPublicKey_out -out pkcs1.pem",
        "openssl genpkey -algorithm ed25519 -out ed25519.key; openssl pkey -in ed25519.key -pubout -out ed25519.pem",
        "openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:3072 -out pss.key",
        "openssl pkey -in pss.key -pubout -out pss.pem",
        "openssl req -x509 -new -key identity.pem -subj /CN=ops -out certificate.pem",
        "cat ops.pem other.pub.pem > two.pem; cat ops.pem identity.pem > both.pem",
        "openssl pkey -pubin -in ops.pem -outform DER -out ops.der",
        "(echo 'the key of the operations team'; cat ops.pem) > commented.pem; sed 's/$/\r/' ops.pem > windows.pem",
        "sed '3s/^A/B/; t; 3s/^./A/' identity.pem > damaged.pem; sed 2d ops.pem > cut.pem",
        "chmod 600 *",
    ):
        sh(command, folder)
    return Keys(folder)


def test_a_recipients_fingerprint_is_what_the_openssl_command_prints(keys: Keys) -> None:
    printed = sh("openssl pkey -pubin -in ops.pem -outform DER | sha256sum", keys.folder).split()[0].decode()
    assert keys.recipient.fingerprint == keys.identity.fingerprint == printed
    for same in ("commented.pem", "windows.pem"):
        assert read_recipient(keys.folder / same).fingerprint == printed


def test_a_new_passphrase_is_like_openssl_rands_and_never_the_same() -> None:
    like = subprocess.run(["openssl", "rand", "-base64", "33"], capture_output=True, check=True).stdout.strip()
    made = {new_passphrase().reveal() for _ in range(100)}
    assert len(made) == 100
    assert {len(one) for one in made} == {len(like)} == {44}


def test_what_was_sealed_is_unsealed(keys: Keys) -> None:
    for passphrase in (PASSPHRASE, new_passphrase(), Secret(b"x" * 127)):
        sealed = seal(passphrase, keys.recipient)
        assert len(sealed) == 384
        assert keys.identity.unseal(sealed).reveal() == passphrase.reveal()


def test_two_seals_of_one_passphrase_have_nothing_in_common(keys: Keys) -> None:
    assert seal(PASSPHRASE, keys.recipient) != seal(PASSPHRASE, keys.recipient)


def test_the_stock_command_opens_it_and_then_the_backup(keys: Keys, tmp_path: Path) -> None:
    passphrase = new_passphrase()
    (tmp_path / "passphrase.sealed.1").write_bytes(seal(passphrase, keys.recipient))
    (tmp_path / "X.sql.gz.enc").write_bytes(b"".join(encrypt([b"the dump"], passphrase, PBKDF2)))
    key = shlex.quote(str(keys.folder / "identity.pem"))
    printed = sh(
        f"openssl pkeyutl -decrypt -inkey {key} {OAEP} -in passphrase.sealed.1 -out pass && "
        "openssl enc -d -aes-256-cbc -pbkdf2 -iter 600000 -kfile pass -in X.sql.gz.enc",
        tmp_path,
    )
    assert printed == b"the dump"
    assert (tmp_path / "pass").read_bytes() == passphrase.reveal() + b"\n"


@pytest.mark.parametrize("end", ["\n", ""])
def test_what_the_stock_command_seals_is_unsealed(keys: Keys, end: str) -> None:
    sealed = sh(f"printf 'correct horse{end}' | openssl pkeyutl -encrypt -pubin -inkey ops.pem {OAEP}", keys.folder)
    assert keys.identity.unseal(sealed).reveal() == PASSPHRASE.reveal()


@pytest.mark.parametrize(
    "change", ["-pkeyopt rsa_oaep_md:sha1", "-pkeyopt rsa_mgf1_md:sha1", "-pkeyopt rsa_padding_mode:pkcs1"]
)
def test_what_is_sealed_in_another_way_is_refused(keys: Keys, change: str) -> None:
    way = change if "pkcs1" in change else f"{OAEP} {change}"
    sealed = sh(f"echo correct horse | openssl pkeyutl -encrypt -pubin -inkey ops.pem {way}", keys.folder)
    with pytest.raises(VerificationError, match="does not open"):
        keys.identity.unseal(sealed)


def test_every_altered_byte_of_a_seal_is_refused(keys: Keys) -> None:
    sealed, identity = seal(PASSPHRASE, keys.recipient), keys.identity
    assert identity.unseal(sealed).reveal() == PASSPHRASE.reveal()
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1 << position % 8
        with pytest.raises(VerificationError, match="does not open"):
            identity.unseal(bytes(altered))


@pytest.mark.parametrize("cut", [b"", b"x", b"x" * 383, b"\0" * 384, b"\xff" * 384, b"x" * 385])
def test_what_is_no_seal_is_refused(keys: Keys, cut: bytes) -> None:
    with pytest.raises(VerificationError, match="does not open"):
        keys.identity.unseal(cut)


def test_another_identity_does_not_open_it(keys: Keys) -> None:
    other = read_identity(keys.folder / "other.pem", None)
    with pytest.raises(VerificationError, match="does not open") as caught:
        other.unseal(seal(PASSPHRASE, keys.recipient))
    assert "recipients" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"), (b"\n", "empty line"), (b"one\ntwo\n", "more than one line"), (b"one\r\n", "carriage"),
        (b"o\0ne\n", "NUL"), (b"x\n", "single byte"), (b"x" * 128 + b"\n", "128 bytes"),
    ],
)  # fmt: skip
def test_what_opens_to_no_passphrase_is_refused_with_the_reason(keys: Keys, content: bytes, reason: str) -> None:
    command = ["openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey", str(keys.folder / "ops.pem"), *OAEP.split()]
    sealed = subprocess.run(command, input=content, capture_output=True, check=True).stdout
    with pytest.raises(VerificationError, match=reason) as caught:
        keys.identity.unseal(sealed)
    assert "one" not in caught.value.message.replace("one line", "")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.pem", "No such file"),
        ("ops.der", "not one public key in PEM"),
        ("identity.pem", "HOLDS A PRIVATE KEY"),
        ("identity.enc.pem", "HOLDS A PRIVATE KEY"),
        ("traditional.pem", "HOLDS A PRIVATE KEY"),
        ("traditional.enc.pem", "HOLDS A PRIVATE KEY"),
        ("both.pem", "HOLDS A PRIVATE KEY"),
        ("ed25519.pem", "not an RSA public key"),
        ("pss.pem", "not an RSA public key"),
        ("cut.pem", "not an RSA public key"),
        ("pkcs1.pem", "not one public key in PEM"),
        ("certificate.pem", "not one public key in PEM"),
        ("two.pem", "not one public key in PEM"),
        ("3070.pem", "has 3070 bits"),
    ],
)
def test_what_is_no_recipient_is_refused_with_the_reason(keys: Keys, name: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        read_recipient(keys.folder / name)
    assert name in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("bits", "exponent", "reason"), [(16385, 65537, "16384 is the most"), (3072, 3, "exponent 3"), (16384, 65537, "")]
)
def test_a_recipients_size_and_exponent_have_bounds(tmp_path: Path, bits: int, exponent: int, reason: str) -> None:
    key = RSAPublicNumbers(exponent, (1 << bits) - 1).public_key()
    (tmp_path / "big.pem").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    if not reason:
        assert read_recipient(tmp_path / "big.pem").key.key_size == bits
        return
    with pytest.raises(UsageError, match=reason):
        read_recipient(tmp_path / "big.pem")


def test_recipients_are_read_in_order_and_none_twice(keys: Keys) -> None:
    ops, other, again = (keys.folder / name for name in ("ops.pem", "other.pub.pem", "commented.pem"))
    expected = [read_recipient(path).fingerprint for path in (other, ops)]
    assert [recipient.fingerprint for recipient in read_recipients([other, ops])] == expected
    with pytest.raises(UsageError, match=r"ops\.pem and .*commented\.pem are the same key"):
        read_recipients([ops, other, again])


@pytest.mark.parametrize("name", ["identity.pem", "traditional.pem", "identity.enc.pem", "traditional.enc.pem"])
def test_an_identity_may_be_pkcs8_or_traditional_encrypted_or_not(keys: Keys, name: str) -> None:
    asked = []

    def ask() -> Secret:
        asked.append(name)
        return PASSWORD

    identity = read_identity(keys.folder / name, ask)
    assert identity.unseal(seal(PASSPHRASE, keys.recipient)).reveal() == PASSPHRASE.reveal()
    assert bool(asked) == ("enc" in name), "a password is asked for only when there is one"


@pytest.mark.parametrize("name", ["identity.enc.pem", "traditional.enc.pem"])
@pytest.mark.parametrize("password", [b"wrong", b"", b"x" * 2000])
def test_a_wrong_password_is_said_and_not_shown(keys: Keys, name: str, password: bytes) -> None:
    with pytest.raises(UsageError, match="this password does not open") as caught:
        read_identity(keys.folder / name, lambda: Secret(password))
    assert "wrong" not in caught.value.message + caught.value.hint


def test_an_encrypted_identity_needs_somebody_to_ask(keys: Keys) -> None:
    with pytest.raises(UsageError, match="nobody to ask") as caught:
        read_identity(keys.folder / "identity.enc.pem", None)
    assert "terminal" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.pem", "does not exist"),
        ("ops.pem", "no private key"),
        ("ed25519.key", "not an RSA key"),
        ("damaged.pem", "no private key that openssl reads"),
    ],
)
def test_what_is_no_identity_is_refused_with_the_reason(keys: Keys, name: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        read_identity(keys.folder / name, None)
    assert name in caught.value.message


def test_the_commands_in_hints_name_a_key_however_it_is_called(keys: Keys, tmp_path: Path) -> None:
    private, damaged = tmp_path / "it's mine.pem", tmp_path / "it's damaged.pem"
    for path, name in ((private, "identity.pem"), (damaged, "damaged.pem")):
        path.write_bytes((keys.folder / name).read_bytes())
        path.chmod(0o600)
    with pytest.raises(UsageError, match="HOLDS A PRIVATE KEY") as caught:
        read_recipient(private)
    public = sh(caught.value.hint.rpartition(": ")[2], tmp_path)
    assert public == (keys.folder / "ops.pem").read_bytes()
    with pytest.raises(UsageError, match="no private key that openssl reads") as caught:
        read_identity(damaged, None)
    assert shlex.split(caught.value.hint) == ["openssl", "pkey", "-in", str(damaged), "-noout", "-check"]


def test_an_identity_open_to_everybody_is_refused(keys: Keys, tmp_path: Path) -> None:
    path = tmp_path / "identity.pem"
    path.write_bytes((keys.folder / "identity.pem").read_bytes())
    path.chmod(0o604)
    with pytest.raises(UsageError, match="open to everybody"):
        read_identity(path, None)


def test_a_new_identity_is_4096_bits_and_its_halves_fit(tmp_path: Path) -> None:
    private, public = new_identity()
    (tmp_path / "identity.pem").touch(mode=0o600)
    (tmp_path / "identity.pem").write_bytes(private.reveal())
    (tmp_path / "recipient.pem").write_bytes(public)
    identity, recipient = read_identity(tmp_path / "identity.pem", None), read_recipient(tmp_path / "recipient.pem")
    assert recipient.key.key_size == 4096
    assert identity.unseal(seal(PASSPHRASE, recipient)).reveal() == PASSPHRASE.reveal()
    assert sh("openssl pkey -in identity.pem -pubout", tmp_path) == public


def test_keys_print_as_their_fingerprint_only(keys: Keys) -> None:
    for key in (keys.identity, keys.recipient):
        assert repr(key) == f"{type(key).__name__}(fingerprint='{key.fingerprint}')"
