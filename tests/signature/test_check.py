"""A signature is good by the stock command and by ours alike, in one spelling, by an allowed signer, for one plan."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from backuptool.errors import BackuptoolError, UsageError, VerificationError
from backuptool.signature import check, sign
from backuptool.sshsig import LONGEST, check_form
from tests.signature.conftest import KINDS, TEXT, VERIFY, Signers, sh

pytestmark = pytest.mark.needs("ssh-keygen")

SIGN = "ssh-keygen -Y sign -f {key} -n {namespace} < SHA256SUMS > SHA256SUMS.sig"
Change = Callable[[bytes], bytes]


@pytest.mark.parametrize("kind", KINDS)
def test_ours_is_good_by_the_stock_command_and_its_by_ours(signers: Signers, kind: str) -> None:
    made = sign(TEXT, signers.key(kind))
    check(TEXT, made, signers.allowed, "broker")
    assert signers.stock(made)
    assert sh(SIGN, signers.folder, key=kind).returncode == 0
    check(TEXT, (signers.folder / "SHA256SUMS.sig").read_bytes(), signers.allowed, "broker")


@pytest.mark.parametrize("plan", ["broker", "x", "broker-db-backup-2", "a" * 24])
def test_the_line_of_a_signer_is_for_bundles_of_any_plan(signers: Signers, plan: str) -> None:
    made = sign(TEXT, signers.key())
    check(TEXT, made, signers.allowed, plan)
    (signers.folder / "SHA256SUMS.sig").write_bytes(made)
    assert sh(VERIFY, signers.folder, principal=f"backuptool-{plan}").returncode == 0
    assert sh(VERIFY, signers.folder, principal=f"other-{plan}").returncode != 0
    assert sh(VERIFY, signers.folder, namespace="file").returncode != 0


def test_a_signer_of_one_plan_signs_for_no_other(signers: Signers, tmp_path: Path) -> None:
    one = tmp_path / "allowed_signers"
    one.write_text(signers.allowed.read_text().replace("backuptool-*", "backuptool-broker"))
    made = sign(TEXT, signers.key())
    check(TEXT, made, one, "broker")
    with pytest.raises(VerificationError, match="does not let its key sign for backuptool-shop"):
        check(TEXT, made, one, "shop")


def test_another_key_is_refused_by_name_of_the_file(signers: Signers) -> None:
    with pytest.raises(VerificationError, match="allowed_signers does not let its key sign") as caught:
        check(TEXT, sign(TEXT, signers.key("other")), signers.allowed, "broker")
    assert "signers" in caught.value.hint


def test_signers_that_everybody_may_write_are_refused_with_the_command_that_closes_them(
    signers: Signers, tmp_path: Path
) -> None:
    allowed = tmp_path / "it's; allowed"
    allowed.write_bytes(signers.allowed.read_bytes())
    allowed.chmod(0o666)
    made = sign(TEXT, signers.key())
    with pytest.raises(UsageError, match="everybody may write") as caught:
        check(TEXT, made, allowed, "broker")
    assert sh(caught.value.hint, tmp_path).returncode == 0
    check(TEXT, made, allowed, "broker")


@pytest.mark.parametrize("text", [b"", TEXT[:-1], TEXT + b"\n", b"1" + TEXT[1:]])
def test_an_altered_text_is_refused(signers: Signers, text: bytes) -> None:
    with pytest.raises(VerificationError, match="incorrect signature"):
        check(text, sign(TEXT, signers.key()), signers.allowed, "broker")


def test_another_namespace_is_refused_by_its_name(signers: Signers) -> None:
    assert sh(SIGN, signers.folder, namespace="file").returncode == 0
    with pytest.raises(VerificationError, match="made for 'file', not backuptool-bundle-1"):
        check(TEXT, (signers.folder / "SHA256SUMS.sig").read_bytes(), signers.allowed, "broker")


def test_an_empty_list_of_signers_lets_nobody_sign(signers: Signers, tmp_path: Path) -> None:
    (tmp_path / "allowed_signers").touch()
    with pytest.raises(VerificationError, match="does not let its key sign"):
        check(TEXT, sign(TEXT, signers.key()), tmp_path / "allowed_signers", "broker")


def test_a_list_of_signers_that_cannot_be_relied_on_is_refused(signers: Signers, tmp_path: Path) -> None:
    made = sign(TEXT, signers.key())
    with pytest.raises(UsageError, match="No such file"):
        check(TEXT, made, tmp_path / "none", "broker")
    with pytest.raises(UsageError, match="directory"):
        check(TEXT, made, tmp_path, "broker")
    copy = tmp_path / "allowed_signers"
    copy.write_text(signers.allowed.read_text())
    copy.chmod(0o666)
    with pytest.raises(UsageError, match="everybody may write"):
        check(TEXT, made, copy, "broker")


def altered(blob: bytes, position: int) -> bytes:
    content = bytearray(blob)
    content[position] ^= 1 << position % 8
    return bytes(content)


def armoured(blob: bytes) -> bytes:
    lines = base64.encodebytes(blob).decode().replace("\n", "")
    folded = "".join(f"{lines[start : start + 70]}\n" for start in range(0, len(lines), 70))
    return f"-----BEGIN SSH SIGNATURE-----\n{folded}-----END SSH SIGNATURE-----\n".encode()


def blob_of(made: bytes) -> bytes:
    return base64.b64decode(b"".join(made.splitlines()[1:-1]))


@pytest.mark.parametrize("kind", KINDS)
def test_every_altered_byte_of_a_signature_is_refused(signers: Signers, kind: str) -> None:
    made = sign(TEXT, signers.key(kind))
    step = 1 if kind == "ed25519" else 13
    assert signers.good(made)
    assert not [position for position in range(0, len(made), step) if signers.good(altered(made, position))]


def test_every_altered_byte_inside_the_armour_is_refused(signers: Signers) -> None:
    blob = blob_of(sign(TEXT, signers.key()))
    assert signers.good(armoured(blob))
    assert not [position for position in range(len(blob)) if signers.good(armoured(altered(blob, position)))]


def other_version(made: bytes) -> bytes:
    return armoured(blob_of(made).replace(b"SSHSIG\0\0\0\1", b"SSHSIG\0\0\0\0"))


def reserved(made: bytes) -> bytes:
    return armoured(blob_of(made).replace(b"bundle-1\0\0\0\0", b"bundle-1\0\0\0\1x"))


def narrow(made: bytes) -> bytes:
    first, *lines, last = made.splitlines(keepends=True)
    text = b"".join(lines).replace(b"\n", b"")
    return b"".join((first, text[:40], b"\n", text[40:], b"\n", last))


@pytest.mark.parametrize("change", [other_version, reserved, narrow, lambda made: made + b"more\n"])
def test_what_the_stock_command_lets_pass_beside_the_signature_is_refused(signers: Signers, change: Change) -> None:
    """OpenSSH 9.2 takes these; nothing that nobody vouches for may be in a bundle."""
    good = sign(TEXT, signers.key())
    made = change(good)
    assert made != good
    with pytest.raises(VerificationError, match=r"not written as|not one of"):
        check(TEXT, made, signers.allowed, "broker")


@pytest.mark.parametrize(
    "change",
    [
        lambda made: b"\n" + made, lambda made: made + b"\n", lambda made: made[:-1], lambda made: made * 2,
        lambda made: made.replace(b"\n", b"\r\n"), lambda made: made.replace(b"SSH", b"PGP"), lambda _: b"",
        lambda made: made[: len(made) // 2], lambda made: b"\xff" + made, lambda _: b"\n\n\n",
        lambda made: b"# " + made,
    ],
)  # fmt: skip
def test_any_other_text_is_refused(signers: Signers, change: Change) -> None:
    with pytest.raises(VerificationError, match=r"not written as|not one of"):
        check(TEXT, change(sign(TEXT, signers.key())), signers.allowed, "broker")


def test_a_huge_signature_is_refused_unread() -> None:
    with pytest.raises(VerificationError, match="16384 is the most"):
        check_form(b"x" * (LONGEST + 1))


def test_a_host_without_room_for_a_temporary_file_is_told_so(signers: Signers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a traceback of what asks where that would have been."""
    made = sign(TEXT, signers.key())
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/proc/none"])
    with pytest.raises(BackuptoolError, match="no temporary file for ssh-keygen: No usable") as caught:
        signers.good(made)
    assert "$TMPDIR" in caught.value.hint
