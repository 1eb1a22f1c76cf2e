"""Keys are made whole or not at all, and each works where it belongs."""

from __future__ import annotations

import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backuptool.errors import BackuptoolError, UsageError
from backuptool.keys import new_keys
from backuptool.passphrase import read_passphrase
from backuptool.recipients import read_identity, read_recipient, seal
from backuptool.signature import check, sign
from tests.keygen.conftest import ALL, FILES, SECRET, Made, run

pytestmark = pytest.mark.needs("ssh-keygen")


def test_secrets_are_private_and_the_folder_too(made: Made) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in made.folder.iterdir()}
    assert modes == {name: 0o600 if name in SECRET else 0o644 for name in ALL}
    assert made.folder.stat().st_mode & 0o777 == 0o700


def test_each_key_works(made: Made) -> None:
    passphrase = read_passphrase(made.folder / "passphrase.txt")
    recipient = read_recipient(made.folder / "recipient.pem")
    assert recipient.key.key_size == 4096
    identity = read_identity(made.folder / "identity.pem", None)
    assert identity.unseal(seal(passphrase, recipient)).reveal() == passphrase.reveal()
    check(b"text", sign(b"text", made.folder / "signing_key"), made.folder / "allowed_signers", "broker")


def test_the_signers_line_names_the_principals_and_the_namespace(made: Made) -> None:
    kind, key, _ = made.text("signing_key.pub").split()
    assert made.text("allowed_signers") == f'backuptool-* namespaces="backuptool-bundle-1" {kind} {key}\n'


@pytest.mark.parametrize("options", [["--passphrase"], ["--signing"], ["--signing", "--passphrase"], ["--recipient"]])
def test_an_option_makes_only_what_it_names(tmp_path: Path, options: list[str]) -> None:
    done = run(tmp_path, "keys", *options)
    assert done.returncode == 0, done.stderr
    wanted = set[str]().union(*(FILES[option] for option in options))
    assert {path.name for path in (tmp_path / "keys").iterdir()} == wanted
    described = set(re.findall(r"^(\S+) +(?:SECRET|Public)\.", done.stdout, re.MULTILINE))
    assert described == wanted
    assert ("THE PASSPHRASE" in done.stdout) == ("--passphrase" in options)


def test_two_runs_make_nothing_alike(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run(tmp_path, name, "--passphrase", "--signing").returncode == 0
    for name in FILES["--passphrase"] | FILES["--signing"]:
        assert (tmp_path / "one" / name).read_bytes() != (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with new_keys(tmp_path / "keys", ("passphrase", "signing")):
            pass
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()}
    assert modes == {
        "passphrase.txt": 0o600, "signing_key": 0o600, "signing_key.pub": 0o644, "allowed_signers": 0o644,
    }  # fmt: skip
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_an_empty_folder_is_filled_also_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to("real")
    assert run(tmp_path, "link", "--passphrase").returncode == 0
    assert (tmp_path / "real" / "passphrase.txt").exists()
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("full", "has something in it already"),
        ("file", "Not a directory"),
        ("none/keys", "there is no folder"),
        (".", "is where you are"),
    ],
)
def test_a_folder_that_will_not_do_is_refused_and_nothing_is_changed(tmp_path: Path, name: str, said: str) -> None:
    place = tmp_path / "place"
    place.mkdir()
    if name != ".":
        (place / "full").mkdir()
        (place / "full" / "mine").write_text("mine")
        (place / "file").write_text("mine")
    before = sorted(place.rglob("*"))
    done = run(place, name)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert (len(lines), lines[1].startswith("hint: ")) == (2, True), done.stderr
    assert said in lines[0]
    assert done.stdout == ""
    assert sorted(place.rglob("*")) == before
    assert all(path.read_text() == "mine" for path in before if path.is_file())


def program(folder: Path, script: str) -> dict[str, str]:
    """An environment in whose PATH another ssh-keygen comes first."""
    folder.mkdir()
    (folder / "ssh-keygen").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "ssh-keygen").chmod(0o700)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_a_failure_leaves_nothing_half_made(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    done = run(place, "keys", "--passphrase", "--signing", **program(tmp_path / "bin", "echo no entropy >&2; exit 1"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "backuptool: ssh-keygen makes no key: no entropy"
    assert done.stdout == ""
    assert not list(place.iterdir())


def fill_meanwhile(folder: Path) -> None:
    with new_keys(folder, ("passphrase",)):
        folder.mkdir()
        (folder / "mine").write_text("mine")


def test_a_block_that_fails_leaves_nothing_and_a_folder_filled_meanwhile_is_kept(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_keys(tmp_path / "keys", ("passphrase",)):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())
    with pytest.raises(BackuptoolError, match="not empty") as caught:
        fill_meanwhile(tmp_path / "keys")
    assert caught.value.hint
    assert [path.name for path in tmp_path.rglob("*")] == ["keys", "mine"]


@pytest.mark.parametrize("out", ["> /dev/full", ">&-", "a pipe nobody reads"])
def test_a_sheet_that_cannot_be_printed_is_an_error_and_no_keys_are_kept(tmp_path: Path, out: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    script = f"exec {shlex.quote(sys.executable)} -m backuptool keygen keys --passphrase {out if '>' in out else ''}"
    with os.fdopen(writing, "wb") as pipe:
        argv = ["sh", "-c", script]
        done = subprocess.run(argv, cwd=tmp_path, stdout=pipe, stderr=subprocess.PIPE, text=True, check=False)
    lines = done.stderr.splitlines()
    assert "the key sheet" in lines[0]
    assert (done.returncode, len(lines), lines[1].startswith("hint: ")) == (1, 2, True), done.stderr
    assert not list(tmp_path.iterdir())


def started(tmp_path: Path, place: Path) -> subprocess.Popen[bytes]:
    """A keygen that has made a passphrase and waits for its ssh-keygen, which waits for us."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    more = program(tmp_path / "bin", f"echo here > {fifo}; exec sleep 600")
    argv = [sys.executable, "-m", "backuptool", "keygen", str(place / "keys"), "--passphrase", "--signing"]
    waiting = os.open(fifo, os.O_RDWR)  # for writing too, or this would wait for ever when nobody comes
    process = subprocess.Popen(argv, env={**os.environ, **more}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    come, _, _ = select.select([waiting, process.stdout.fileno()], [], [])  # the one, or the end of the other
    os.close(waiting)
    assert come == [waiting], "it never ran ssh-keygen"
    assert list(place.rglob("passphrase.txt")), "it is interrupted in the middle"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    place = tmp_path / "place"
    place.mkdir()
    process = started(tmp_path, place)
    process.send_signal(number)
    out, _ = process.communicate()
    assert (process.returncode, out) == (128 + number, b"")
    assert not list(place.iterdir())


def test_what_a_killed_run_leaves_is_removed_by_the_next(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    process = started(tmp_path, place)
    process.kill()
    process.communicate()
    (left,) = place.iterdir()
    assert left.stat().st_mode & 0o777 == 0o700
    done = run(place, "keys", "--passphrase")
    assert done.returncode == 0
    assert [path.name for path in place.iterdir()] == ["keys"]


def test_no_secret_is_in_an_argument_list_or_environment(tmp_path: Path) -> None:
    """The one program that is run sees neither; it is the real one behind a recorder."""
    real = shutil.which("ssh-keygen")
    more = program(tmp_path / "bin", f'(echo "$@"; cat /proc/$$/environ) >> {tmp_path}/seen; exec {real} "$@"')
    done = run(tmp_path, "keys", "--passphrase", "--signing", **more)
    assert done.returncode == 0, done.stderr
    seen = (tmp_path / "seen").read_text()
    assert "-t ed25519" in seen
    for name in ("passphrase.txt", "signing_key"):
        assert not [line for line in (tmp_path / "keys" / name).read_text().split() if len(line) > 20 and line in seen]


def test_a_folder_nobody_may_write_to_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="proc"), new_keys(Path("/proc/self/new-keys")):
        pass


def test_where_no_folder_can_be_made_another_place_is_asked_for() -> None:
    """Of /proc the kernel says to root that it may be written to."""
    with pytest.raises(BackuptoolError, match="proc") as caught, new_keys(Path("/proc/new-keys")):
        pass
    assert any(word in caught.value.hint for word in ("elsewhere", "another place"))
