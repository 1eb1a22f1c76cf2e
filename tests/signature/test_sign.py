"""Signing asks nobody, waits for nothing, and makes what readers take."""

from __future__ import annotations

import contextlib
import os
import pty
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from plumbum import local

from backuptool.errors import BackuptoolError, UsageError, VerificationError
from backuptool.signature import check, new_key, sign
from backuptool.sshsig import fingerprint, signer_line
from tests.begun import over_when_begun
from tests.signature.conftest import TEXT, Signers, sh

pytestmark = pytest.mark.needs("ssh-keygen")


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


def test_the_commands_in_its_hints_name_the_key_however_it_is_called(signers: Signers, tmp_path: Path) -> None:
    locked, broken = tmp_path / "it's locked;", tmp_path / "$(broken) key"
    locked.write_bytes(signers.key("locked").read_bytes())
    broken.write_bytes(signers.key().read_bytes()[:200] + b"\n-----END OPENSSH PRIVATE KEY-----\n")
    for key in (locked, broken):
        key.chmod(0o600)
        with pytest.raises(BackuptoolError) as caught:
            sign(TEXT, key)
        assert f" -f {shlex.quote(str(key))}" in caught.value.hint


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
    pid = tmp_path / "pid"
    over_when_begun(pid, monkeypatch)
    with ssh_keygen(tmp_path, f"echo $$ > {pid}; exec sleep 600"):  # noqa: SIM117 - what is in it hangs
        with pytest.raises(BackuptoolError, match="did not end within"):
            sign(TEXT, signers.key())
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


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
