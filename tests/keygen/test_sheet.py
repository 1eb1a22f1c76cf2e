"""What is on the sheet is enough, works as it stands, and is no more secret than it must be."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backuptool.bundle.recover import recover_text
from backuptool.config import check_config
from backuptool.keygen import key_sheet
from backuptool.keys import Keys
from backuptool.recipients import read_recipient, seal
from backuptool.secret import Secret
from tests.keygen.conftest import SECRET, Made

pytestmark = pytest.mark.needs("ssh-keygen")

NOW = datetime(2026, 11, 24, 4, 5, 6, tzinfo=UTC)
PASSPHRASE_LINE = re.compile(r"    ([A-Za-z0-9+/]{44})")


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
