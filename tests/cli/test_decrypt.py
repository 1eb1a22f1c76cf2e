"""`decrypt` opens what it can, writes it whole or not at all, and says in one line what is in the way."""

from __future__ import annotations

import gzip
import os
import shlex
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from backuptool.cli import selection
from backuptool.cli.commands import run
from backuptool.cli.parser import parser
from backuptool.errors import UsageError
from tests.cli.quick import QUICK
from tests.cli.test_old import altered, refused, stored
from tests.cli.test_round_trip import Host
from tests.past.procedure import NAME, old_tar
from tests.sources.test_completeness import OLD


@pytest.fixture
def words(host: Host) -> tuple[str, ...]:
    return ("decrypt", "--passphrase-file", str(host.folder / "passphrase.txt"))


@pytest.mark.parametrize("options", ["", "-md md5", "-pbkdf2", "-pbkdf2 -iter 600000"])
def test_opens_an_old_tar_into_this_folder(host: Host, words: tuple[str, ...], options: str) -> None:
    dump = gzip.compress(OLD)
    done = host.run(*words, str(stored(host, dump, options)))
    assert (done.returncode, done.stdout) == (0, f"{NAME}.sql.gz\n"), done.stderr
    assert done.stderr == f"backuptool: {NAME}.tar is unauthenticated: md5 matches; nothing proves who made it\n"
    assert (host.folder / f"{NAME}.sql.gz").read_bytes() == dump
    assert stat.S_IMODE((host.folder / f"{NAME}.sql.gz").stat().st_mode) == 0o600


def test_prints_it_when_asked_to(host: Host, words: tuple[str, ...]) -> None:
    path = stored(host, gzip.compress(OLD))
    command = [*QUICK, *words, str(path), "-o", "-"]
    done = subprocess.run(command, capture_output=True, check=True, cwd=host.folder)
    assert gzip.decompress(done.stdout) == OLD


def test_never_names_a_file_as_the_tar_says(host: Host, words: tuple[str, ...]) -> None:
    made = old_tar(host.folder / "then", gzip.compress(OLD), host.folder / "passphrase.txt", name="-")
    done = host.run(*words, str(made.rename(host.folder / "evil.tar")))
    assert (done.returncode, done.stdout) == (0, "evil.sql.gz\n"), done.stderr


@pytest.mark.parametrize(
    ("plain", "name"),
    [
        (OLD, f"{NAME}.sql"),
        (b"PGDMP\x01\x0f\x00\x04" * 9, f"{NAME}.dump"),
        (b"BZh91AY&SY" * 9, f"{NAME}.decrypted"),
        (b"", f"{NAME}.decrypted"),
    ],
    ids=["plain", "custom", "bzip2", "nothing"],
)
def test_calls_only_gzip_gz(host: Host, words: tuple[str, ...], plain: bytes, name: str) -> None:
    """Else gunzip, which its name asks for, says that it is damaged."""
    done = host.run(*words, str(stored(host, plain)), "--kdf", "sop")
    assert (done.returncode, done.stdout) == (0, f"{name}\n"), done.stderr
    assert (host.folder / name).read_bytes() == plain


@pytest.mark.parametrize("out", [(), ("-o", "-")], ids=["file", "stdout"])
def test_writes_nothing_of_what_has_another_md5(
    host: Host,
    words: tuple[str, ...],
    out: tuple[str, ...],
) -> None:
    path = stored(host, gzip.compress(OLD + os.urandom(3_000_000)))
    altered(path)
    before = sorted(host.folder.iterdir())
    refused(host, *words, str(path), *out, code=4, said="another md5")
    assert sorted(host.folder.iterdir()) == before


@pytest.mark.parametrize(
    ("file", "out", "code", "said"),
    [
        ("none", "x", 2, "none: No such file"),
        ("store", "x", 2, "store is not a file"),
        ("empty", "x", 4, "no tar file"),
        ("decrypted", "x", 4, "no tar file"),
        ("short", "x", 4, "cut short"),
        ("/proc/self/mem", "x", 1, "/proc/self/mem cannot be read"),
        ("good", "none/x", 2, "none/x: No such file"),
        ("good", "empty", 2, "empty exists already"),
        ("good", "store", 2, "store exists already"),
        ("good", "/dev/full", 2, "/dev/full exists already"),
    ],
)
def test_what_cannot_be_is_one_line_and_a_hint(
    host: Host,
    words: tuple[str, ...],
    file: str,
    out: str,
    code: int,
    said: str,
) -> None:
    good = stored(host, gzip.compress(OLD))
    shutil.copy(good, host.folder / "good")
    (host.folder / "empty").touch()
    (host.folder / "decrypted").write_bytes(gzip.compress(os.urandom(3_000)))
    (host.folder / "short").write_bytes(b"Salted__12345678")
    refused(host, *words, file, "-o", out, code=code, said=said)
    assert not (host.folder / "x").exists()


def test_standard_output_that_is_full_is_one_line_and_a_hint(host: Host, words: tuple[str, ...]) -> None:
    path = stored(host, gzip.compress(OLD))
    with Path("/dev/full").open("wb") as full:
        command = [*QUICK, *words, str(path), "-o", "-"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=host.folder)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "backuptool: standard output cannot be written: No space left on device",
        "hint: make room there, or name another place with -o",
    ]


def test_a_full_disk_under_the_output_is_no_fault_of_the_input(host: Host, words: tuple[str, ...]) -> None:
    path = stored(host, gzip.compress(OLD + os.urandom(1_000_000)))
    command = f"ulimit -f 300; exec {shlex.join(QUICK)} {' '.join(words)} {path} -o {host.folder}/x"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, f"{host.folder}/x cannot be written: File too large" in done.stderr) == (1, True)
    assert not [one for one in host.folder.iterdir() if one.name.startswith("x")]


def test_a_reader_that_has_enough_is_no_error_to_speak_of(host: Host, words: tuple[str, ...]) -> None:
    path = stored(host, gzip.compress(OLD + os.urandom(1_000_000)))
    command = f"{shlex.join(QUICK)} {' '.join(words)} {path} -o - | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, errors="replace")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        ("decrypt FILE", "nothing to open it with", "--passphrase-file FILE"),
        ("verify --file FILE", "nothing to open it with", "--passphrase-file FILE"),
        ("restore --file FILE --to-shell local --into x", "nothing to open it with", "--passphrase-file FILE"),
        ("restore --file FILE --passphrase-file passphrase.txt --into x", "nothing says into which", "--to-shell"),
    ],
)
@pytest.mark.parametrize("old", [False, True])
def test_without_a_configuration_what_lacks_is_named(
    host: Host, monkeypatch: pytest.MonkeyPatch, words: str, said: str, hint: str, *, old: bool
) -> None:
    monkeypatch.setattr(selection, "default_folder", lambda _: host.folder / "none")
    monkeypatch.chdir(host.folder)
    if old:
        path = stored(host, gzip.compress(OLD))
    else:
        host.ok("backup")
        path = host.bundle()
    given = words.replace("FILE", str(path)).split() + ["--unauthenticated"] * (old and words.startswith("restore"))
    with pytest.raises(UsageError, match=said) as caught:
        run(parser().parse_args(given))
    assert hint in caught.value.hint
