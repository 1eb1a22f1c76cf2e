"""A passphrase file is accepted only when openssl's two ways to read it agree."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
from pathlib import Path

import pytest

from backuptool.errors import UsageError
from backuptool.passphrase import read_passphrase, read_private
from backuptool.secret import Secret


def written(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "passphrase.txt"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\n", "begins with an empty line"),
        (b"\nhunter2\n", "begins with an empty line"),
        (b"one\ntwo\n", "more than one line"),
        (b"one\n\n", "more than one line"),
        (b"one\r\n", "carriage return"),
        (b"o\0ne\n", "NUL"),
        (b"x\n", "a single byte"),
        (b"x" * 128, "holds 128 bytes"),
    ],
)
def test_a_file_that_openssl_reads_in_two_ways_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        read_passphrase(written(tmp_path, content))
    assert caught.value.exit_code == 2
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    "content", [b"ab", b"ab\n", b"x" * 127 + b"\n", b" spaces kept \n", "ä€\n".encode(), b"\xff\xfe\n"]
)
def test_a_file_that_is_accepted_means_the_same_to_both_ways_of_openssl(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, content)
    assert read_passphrase(path).reveal() == content.removesuffix(b"\n")
    keys = [
        subprocess.run(
            ["openssl", "enc", "-aes-256-cbc", "-pbkdf2", "-S", "00" * 8, *way, "-P"], capture_output=True, check=True
        ).stdout
        for way in (["-kfile", str(path)], ["-pass", f"file:{path}"])
    ]
    assert keys[0] == keys[1]


def test_the_command_that_closes_the_file_can_be_pasted(tmp_path: Path) -> None:
    path = tmp_path / "a 'b'"
    path.write_bytes(b"correct horse battery staple")
    path.chmod(0o644)
    with pytest.raises(UsageError) as caught:
        read_passphrase(path)
    assert shlex.split(caught.value.hint) == ["chmod", "600", str(path)]


@pytest.mark.parametrize(
    ("content", "steps"),
    [
        (b"one\r\n", 1), (b"one\r\ntwo\r\n", 2), (b"one\ntwo\n", 1), (b"one\n\n", 1),
        (b"x" * 128, 1), (b"y" * 200 + b"\r\n", 2), (b"z" * 126 + b"\r\n", 1),
    ],
)  # fmt: skip
def test_the_hint_makes_a_file_that_opens_what_the_refused_one_encrypted(
    tmp_path: Path, content: bytes, steps: int
) -> None:
    """Followed as it stands, and again where the new file is refused too: never another passphrase."""
    path = written(tmp_path, content)
    before = key(path)
    for _ in range(steps):
        with pytest.raises(UsageError) as caught:
            read_passphrase(path)
        command = caught.value.hint.partition(": ")[2].replace("OLD", path.name).replace("NEW", "new")
        subprocess.run(["sh", "-ec", f"{command}; mv new {path.name}"], cwd=tmp_path, check=True)
    assert read_passphrase(path).reveal()
    assert key(path) == before


def key(path: Path) -> bytes:
    command = ["openssl", "enc", "-aes-256-cbc", "-pbkdf2", "-S", "00" * 8, "-kfile", str(path), "-P"]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602])
def test_a_file_open_to_everybody_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(UsageError, match="open to everybody") as caught:
        read_passphrase(written(tmp_path, b"secret\n", mode))
    assert "chmod 600" in caught.value.hint


@pytest.mark.parametrize("mode", [0o440, 0o640, 0o460])
def test_the_group_counts_in_a_file_of_our_own_only(tmp_path: Path, mode: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd's credentials are root's, 0440: the mask of an ACL for the unit's user, who cannot change that."""
    path = written(tmp_path, b"secret\n", mode)
    with pytest.raises(UsageError, match="open to its group"):
        read_private(path, "key", stat.S_IRWXG | stat.S_IRWXO)
    us = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: us + 1)
    assert read_private(path, "key", stat.S_IRWXG | stat.S_IRWXO) == b"secret\n"
    path.chmod(mode | 0o004)
    with pytest.raises(UsageError, match="open to everybody"):
        read_private(path, "key", stat.S_IRWXG | stat.S_IRWXO)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist") as caught:
        read_passphrase(tmp_path / "none")
    assert caught.value.hint == "check the path, in the configuration or where it is given"
    with pytest.raises(UsageError, match="is not a file") as caught:
        read_passphrase(tmp_path)
    assert "name the file" in caught.value.hint


def test_a_secret_prints_as_stars_wherever_it_is_printed() -> None:
    secret = Secret(b"hunter2")
    assert f"{secret} {secret!r} {[secret]}" == "*** *** [***]"
    with pytest.raises(TypeError):
        secret.__reduce__()
