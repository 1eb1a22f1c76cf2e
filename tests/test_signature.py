"""A signature is good by the stock command and by ours alike, in one spelling, by an allowed signer, for one plan."""

from __future__ import annotations

import base64
import contextlib
import os
import pty
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from plumbum import local

from backuptool import signature
from backuptool.errors import BackuptoolError, UsageError, VerificationError
from backuptool.signature import check, new_key, sign
from backuptool.sshsig import LONGEST, check_form, fingerprint, signer_line

Change = Callable[[bytes], bytes]
TEXT = b"0000000000000000000000000000000000000000000000000000000000000000  RECOVER.txt\n"
KINDS = ("ed25519", "ecdsa", "rsa")
SIGN = "ssh-keygen -Y sign -f {key} -n {namespace} < SHA256SUMS > SHA256SUMS.sig"
VERIFY = "ssh-keygen -Y verify -f allowed_signers -I {principal} -n {namespace} -s SHA256SUMS.sig < SHA256SUMS"


def sh(command: str, folder: Path, **names: str) -> subprocess.CompletedProcess[str]:
    given = {"namespace": "backuptool-bundle-1", "principal": "backuptool-broker", "key": "ed25519", **names}
    argv = ["sh", "-ec", command.format(**given)]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


@dataclass
class Signers:
    """A folder with a key of each kind, of which allowed_signers knows all but `other`."""

    folder: Path

    @property
    def allowed(self) -> Path:
        return self.folder / "allowed_signers"

    def key(self, kind: str = "ed25519") -> Path:
        return self.folder / kind

    def good(self, made: bytes, text: bytes = TEXT, plan: str = "broker") -> bool:
        try:
            check(text, made, self.allowed, plan)
        except VerificationError:
            return False
        return True

    def stock(self, made: bytes) -> bool:
        (self.folder / "SHA256SUMS.sig").write_bytes(made)
        return sh(VERIFY, self.folder).returncode == 0


@pytest.fixture(scope="module")
def signers(tmp_path_factory: pytest.TempPathFactory) -> Signers:
    folder = tmp_path_factory.mktemp("signers")
    for kind in KINDS:
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", folder / kind], check=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "other"], check=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "battery staple", "-f", folder / "locked"], check=True)
    lines = (signer_line((folder / f"{kind}.pub").read_text()) for kind in KINDS)
    (folder / "allowed_signers").write_text("".join(lines))
    (folder / "SHA256SUMS").write_bytes(TEXT)
    return Signers(folder)


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


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_signing_key_open_to_others_is_refused(signers: Signers, tmp_path: Path, mode: int) -> None:
    key = tmp_path / "key"
    key.write_bytes(signers.key().read_bytes())
    key.chmod(mode)
    with pytest.raises(UsageError, match="is open to") as caught:
        sign(TEXT, key)
    assert "chmod 600" in caught.value.hint


def test_a_signing_key_that_is_none_is_refused(signers: Signers, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        sign(TEXT, tmp_path / "none")
    public = tmp_path / "key.pub"
    public.write_bytes((signers.folder / "ed25519.pub").read_bytes())
    public.chmod(0o600)
    with pytest.raises(UsageError, match="no private key"):
        sign(TEXT, public)
    broken = tmp_path / "broken"
    broken.write_bytes(signers.key().read_bytes()[:200] + b"\n-----END OPENSSH PRIVATE KEY-----\n")
    broken.chmod(0o600)
    with pytest.raises(BackuptoolError, match="does not sign"):
        sign(TEXT, broken)


ASKING = """
import fcntl, sys, termios
from pathlib import Path
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
{what}
"""
OURS = """
from backuptool.errors import UsageError
from backuptool.signature import sign
try:
    sign(b"x", Path(sys.argv[1]))
except UsageError as error:
    print(error.message)
"""
STOCK = """
import subprocess
subprocess.run(["ssh-keygen", "-Y", "sign", "-n", "x", "-f", sys.argv[1]], stdin=subprocess.DEVNULL)
"""


def at_a_terminal(code: str, key: Path, **more: str) -> str:
    """What Python says at a terminal of its own, up to its end or to a prompt."""
    ours, its = pty.openpty()
    argv = [sys.executable, "-c", ASKING.format(what=code), str(key)]
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        process = subprocess.Popen(
            argv, stdin=its, stdout=its, stderr=its, start_new_session=True, env={**os.environ, **more}
        )
        os.close(its)
        said = b""
        with contextlib.suppress(OSError):  # EIO: everybody has closed the other end
            while b"Enter passphrase" not in said and (piece := terminal.read(4096)):
                said += piece
        process.kill()
        process.wait()
    return said.decode()


def test_a_key_with_a_passphrase_is_refused_and_nobody_asked_even_at_a_terminal(
    signers: Signers, tmp_path: Path
) -> None:
    asked, askpass = tmp_path / "asked", tmp_path / "askpass"
    askpass.write_text(f"#!/bin/sh\ntouch {shlex.quote(str(asked))}\necho battery staple\n")
    askpass.chmod(0o700)
    window = {"DISPLAY": ":0", "SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force"}
    said = at_a_terminal(OURS, signers.key("locked"), **window)
    assert "has a passphrase, and nobody is there" in said
    assert "Enter passphrase" not in said
    assert not asked.exists()
    assert "Enter passphrase" in at_a_terminal(STOCK, signers.key("locked")), "the stock command asks at this terminal"
    at_a_terminal(STOCK, signers.key("locked"), **window)
    assert asked.exists(), "the stock command asks by this program"


@contextlib.contextmanager
def ssh_keygen(folder: Path, script: str) -> Iterator[None]:
    """Another ssh-keygen, first in PATH."""
    program = folder / "ssh-keygen"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    with local.env(PATH=f"{folder}:{os.environ['PATH']}"):
        yield


def test_a_host_without_ssh_keygen_is_told_what_to_install(signers: Signers, tmp_path: Path) -> None:
    made = sign(TEXT, signers.key())
    with local.env(PATH=str(tmp_path)):
        for run in (lambda: sign(TEXT, signers.key()), lambda: check(TEXT, made, signers.allowed, "broker")):
            with pytest.raises(BackuptoolError, match="ssh-keygen: not found") as caught:
                run()
            assert "openssh-client" in caught.value.hint
            assert caught.value.exit_code == 1


def test_an_ssh_keygen_that_hangs_is_ended(signers: Signers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature, "PATIENCE", 0.5)
    with ssh_keygen(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600"):  # noqa: SIM117 - what is in it hangs
        with pytest.raises(BackuptoolError, match="did not end within"):
            sign(TEXT, signers.key())
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_what_readers_would_refuse_is_never_written(signers: Signers, tmp_path: Path) -> None:
    with ssh_keygen(tmp_path, "echo something else"), pytest.raises(VerificationError, match="not one of"):
        sign(TEXT, signers.key())


def test_ssh_keygen_sees_nothing_of_our_environment(signers: Signers, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    with (
        ssh_keygen(tmp_path, f"env > {seen}; exit 1"),
        local.env(SSH_AUTH_SOCK="/run/agent", PGPASSWORD="hunter2"),
        pytest.raises(BackuptoolError, match="exit code 1"),
    ):
        sign(TEXT, signers.key())
    names = {line.partition("=")[0] for line in seen.read_text().splitlines()}
    assert "LC_ALL" in names
    assert not names - {"LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"}  # the shell's own


def test_a_new_key_is_private_has_no_passphrase_and_its_fingerprint_is_ssh_keygens(tmp_path: Path) -> None:
    public = new_key(tmp_path / "signing_key")
    assert (tmp_path / "signing_key").stat().st_mode & 0o777 == 0o600
    printed = sh("ssh-keygen -lf signing_key.pub", tmp_path).stdout.split()
    assert printed[1] == fingerprint(public)
    assert printed[-1] == "(ED25519)"
    (tmp_path / "allowed_signers").write_text(signer_line(public))
    check(TEXT, sign(TEXT, tmp_path / "signing_key"), tmp_path / "allowed_signers", "broker")


def test_a_new_key_replaces_none(tmp_path: Path) -> None:
    (tmp_path / "signing_key").write_text("mine")
    with pytest.raises(BackuptoolError, match="makes no key"):
        new_key(tmp_path / "signing_key")
    assert (tmp_path / "signing_key").read_text() == "mine"
