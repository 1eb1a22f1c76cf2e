"""Keys are made whole or not at all, each works where it belongs, and the sheet says so on paper."""

from __future__ import annotations

import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backuptool.bundle.recover import recover_text
from backuptool.config import check_config
from backuptool.errors import BackuptoolError, UsageError
from backuptool.keygen import key_sheet
from backuptool.keys import Keys, new_keys
from backuptool.passphrase import read_passphrase
from backuptool.recipients import read_identity, read_recipient, seal
from backuptool.secret import Secret
from backuptool.signature import check, sign

NOW = datetime(2026, 11, 24, 4, 5, 6, tzinfo=UTC)
PASSPHRASE_LINE = re.compile(r"    ([A-Za-z0-9+/]{44})")
FILES = {
    "--passphrase": {"passphrase.txt"},
    "--recipient": {"identity.pem", "recipient.pem"},
    "--signing": {"signing_key", "signing_key.pub", "allowed_signers"},
}
ALL = set[str]().union(*FILES.values())
SECRET = {"passphrase.txt", "identity.pem", "signing_key"}
RECOVER = "    $ sha256sum RECOVER.txt"


def run(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "backuptool", "keygen", *words]
    environment = {**os.environ, **more}
    return subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@dataclass
class Made:
    """What one keygen of everything left, and printed."""

    folder: Path
    sheet: str

    @property
    def lines(self) -> list[str]:
        return self.sheet.splitlines()

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    parent = tmp_path_factory.mktemp("keygen")
    done = run(parent, "keys")
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in parent.iterdir()] == ["keys"]
    return Made(parent / "keys", done.stdout)


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
    come, _, _ = select.select([waiting], [], [], 60)
    os.close(waiting)
    assert come, "it never ran ssh-keygen"
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


# The sheet


def test_the_sheet_is_plain_and_80_columns_wide(made: Made) -> None:
    assert made.sheet.isascii()
    assert made.sheet.replace("\n", "").isprintable()
    assert max(map(len, made.lines)) <= 80
    assert made.sheet.endswith("\n")
    assert f"on   {os.uname().nodename}" in made.sheet


def test_the_passphrase_has_a_line_of_its_own_and_nothing_else_on_the_sheet_is_secret(made: Made) -> None:
    passphrase = made.text("passphrase.txt").strip()
    alone = [line for line in made.lines if PASSPHRASE_LINE.fullmatch(line)]
    assert alone == [f"    {passphrase}"]
    rest = made.sheet.replace(alone[0], "")
    pieces = {passphrase[start : start + 6] for start in range(len(passphrase) - 5)}
    for name in ("identity.pem", "signing_key"):
        pieces.update(line for line in made.text(name).splitlines() if not line.startswith("-----"))
    assert len(pieces) > 60
    assert not [piece for piece in pieces if piece in rest]


def commands(sheet: str) -> list[str]:
    return [line.strip()[2:] for line in sheet.replace("\\\n", "").splitlines() if line.strip().startswith("$ ")]


@pytest.fixture
def place(made: Made, tmp_path: Path) -> Path:
    """A copy of the keys; an extracted backup beside them; room for what is installed."""
    shutil.copytree(made.folder, tmp_path / "keys")
    for name in ("etc", "extracted"):
        (tmp_path / name).mkdir()
    (tmp_path / "extracted" / "RECOVER.txt").write_bytes(recover_text("pbkdf2"))
    sealed = seal(Secret(b"of this backup"), read_recipient(made.folder / "recipient.pem"))
    (tmp_path / "extracted" / "passphrase.sealed.1").write_bytes(sealed)
    return tmp_path


def follow(command: str, place: Path) -> str:
    here = command.replace("/etc/backuptool", f"{place}/etc").replace("/media/keys", f"{place}/keys")
    beside_the_backup = any(name in command for name in ("RECOVER.txt", "passphrase.sealed"))
    folder = place / ("extracted" if beside_the_backup else "keys")
    return subprocess.run(["sh", "-ec", here], cwd=folder, capture_output=True, text=True, check=True).stdout


def test_every_command_on_the_sheet_runs_and_prints_what_the_sheet_says(made: Made, place: Path) -> None:
    printed = {command: follow(command, place) for command in commands(made.sheet)}
    assert len(printed) == 9
    values = {command: out.split() for command, out in printed.items() if out}
    assert len(values) == 4
    check_of_passphrase = re.search(r"begins with ([0-9a-f]{8}):", made.sheet)
    assert check_of_passphrase is not None
    shown = {
        "sha256sum passphrase.txt": check_of_passphrase[1],
        "openssl pkey -pubin -in recipient.pem -outform DER | sha256sum": None,
        "ssh-keygen -lf signing_key.pub": None,
        "sha256sum RECOVER.txt": None,
    }
    for command, begin in shown.items():
        value = values[command][1 if "ssh-keygen" in command else 0]
        assert value.startswith(begin) if begin else f"    {value}" in made.lines, command
    assert (place / "passphrase.txt").read_bytes() == b"of this backup\n"
    assert (place / "passphrase.txt").stat().st_mode & 0o777 == 0o600


def test_its_install_commands_put_each_file_where_the_configuration_looks_for_it(made: Made, place: Path) -> None:
    for command in commands(made.sheet):
        if command.startswith("install"):
            follow(command, place)
    named = {Path(path).name for path in re.findall(r'"/etc/backuptool/([^"]+)"', made.sheet)}
    installed = {path.name: path.stat().st_mode & 0o777 for path in (place / "etc").iterdir()}
    assert set(installed) == named
    assert installed == {name: 0o600 if name in SECRET else 0o644 for name in named}
    assert "identity.pem" not in installed


def test_identity_pem_is_said_to_be_never_on_the_backup_host(made: Made) -> None:
    about = made.sheet.partition("identity.pem ")[2].partition("recipient.pem ")[0]
    assert "NEVER ON THE BACKUP HOST" in about


def lines_to_paste(sheet: str) -> list[str]:
    """The blocks of configuration lines, one text each."""
    blocks = re.findall(r"(?:^    \w+ = .*\n)+", sheet, re.MULTILINE)
    assert len(blocks) == len(re.findall(r"^(?:A plan|The same plan)", sheet, re.MULTILINE))
    return blocks


def test_every_sheet_of_the_variants_is_named_with_its_digest(made: Made, place: Path) -> None:
    for kdf in ("pbkdf2", "sop"):
        (place / "extracted" / "RECOVER.txt").write_bytes(recover_text(kdf))
        digest = follow("sha256sum RECOVER.txt", place).split()[0]
        assert f"    {digest}\n        {kdf}, passphrase, not signed\n" in made.sheet


SOURCE_AND_STORE = """
[plans.x.source]
database = "x"
[[plans.x.stores]]
type = "directory"
path = "/x"
"""


def test_its_configuration_lines_make_a_plan_together(made: Made) -> None:
    own, others, identity, signing, reading = lines_to_paste(made.sheet)
    for lines in (own, own + signing, own + reading, others, others + identity + reading):
        text = f"[plans.x]\n{lines}{SOURCE_AND_STORE}"
        check_config(tomllib.loads(text), "the sheet").plan("x")


def test_what_was_not_made_is_not_on_the_sheet_and_what_is_given_is() -> None:
    keys = Keys(signer="SHA256:x")
    sheet = key_sheet(keys, {"pbkdf2": "0" * 64, "a longer name": "1" * 64}, "check this\n  and that\n", NOW, "db1")
    for word in ("passphrase.txt", "identity.pem", "recipient.pem", "THE PASSPHRASE", "OPENING"):
        assert word not in sheet
    assert "\ncheck this\n  and that\n" in sheet
    assert f"    {'0' * 64}\n        pbkdf2\n    {'1' * 64}\n        a longer name\n" in sheet
    assert "Made 2026-11-24 04:05 UTC\non   db1\n" in sheet
    assert "CHECKING" not in key_sheet(keys, {}, "", NOW, "db1")


def test_any_host_name_fits_on_the_sheet() -> None:
    sheet = key_sheet(Keys(), {}, "", NOW, "ä€" * 100)
    assert sheet.isascii()
    assert max(map(len, sheet.splitlines())) <= 80


def test_a_folder_nobody_may_write_to_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="proc"), new_keys(Path("/proc/keys")):
        pass
