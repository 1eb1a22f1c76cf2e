"""The bundle, format 1: made by us, opened by stock tools; anything else than what was made is refused."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import tarfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, Stem, Writer, header, names
from backuptool.compression import compress, decompress
from backuptool.encryption import PBKDF2, SOP, Kdf
from backuptool.errors import VerificationError
from backuptool.secret import Secret

PASSPHRASE = Secret(b"correct horse")
DUMP = (
    b"--\n-- PostgreSQL database dump\n--\n" + os.urandom(3000) + b"\n--\n-- PostgreSQL database dump complete\n--\n\n"
)
STEM = Stem.now("broker", "Db1.example.org", datetime(2026, 11, 23, 4, 5, 6, 789, tzinfo=UTC))


def make(folder: Path, kdf: Kdf = PBKDF2, stem: Stem = STEM) -> Path:
    folder.mkdir(exist_ok=True)
    with Writer(folder, stem, PASSPHRASE, kdf) as writer:
        md5 = writer.add(names.SQL, compress([DUMP]))
        writer.add(names.DATABASE, compress([b"CREATE DATABASE"]))
        writer.add(names.GLOBALS, compress([b"CREATE ROLE"]))
        writer.finish(md5, 3, "ab" * 32)
    return writer.path


@dataclass
class Sample:
    folder: Path
    path: Path

    @property
    def content(self) -> bytes:
        return self.path.read_bytes()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("bundle")
    return Sample(folder, make(folder))


def read(path: Path, *, passphrase: Secret = PASSPHRASE, name: str | None = None) -> bytes:
    with Bundle.open(path) as bundle:
        bundle.authenticate([passphrase], name)
        return b"".join(decompress(bundle.plain(names.SQL)))


@pytest.mark.parametrize("kdf", [PBKDF2, SOP], ids=lambda kdf: kdf.name)
def test_what_went_in_comes_out_and_says_what_it_is(tmp_path: Path, kdf: Kdf) -> None:
    path = make(tmp_path / "made", kdf)
    assert path.name == "broker_db1_2026-11-23T040506Z.tar"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o777 == 0o600
    with Bundle.open(path) as bundle:
        manifest = bundle.authenticate([Secret(b"another"), PASSPHRASE], path.name)
        assert (manifest.kdf, manifest.sequence, manifest.previous) == (kdf.name, 3, "ab" * 32)
        assert b"".join(decompress(bundle.plain(names.SQL))) == DUMP
        assert b"".join(decompress(bundle.plain(names.GLOBALS))) == b"CREATE ROLE"


def test_it_is_byte_for_byte_what_tar_would_have_made(sample: Sample, tmp_path: Path) -> None:
    subprocess.run(["tar", "-xkf", sample.path, "-C", tmp_path], check=True)
    with tarfile.open(sample.path) as tar:
        members = tar.getnames()
    again = subprocess.run(
        ["tar", "-c", "-b1", "--format=gnu", "--owner=0", "--group=0", "--numeric-owner", "--mode=0600",
         f"--mtime=@{int(STEM.created.timestamp())}", "-C", tmp_path, *members], capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert again == sample.content


@pytest.mark.parametrize("size", [0, 1, 512, 8**11 - 1, 8**11, 3 * 8**12])
def test_our_header_is_tars_also_from_8_gib_on(tmp_path: Path, size: int) -> None:
    with (tmp_path / "member").open("wb") as file:
        file.truncate(size)
    command = [
        "tar",
        "-c",
        "--format=gnu",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--mode=0600",
        "--mtime=@1700000000",
    ]
    with subprocess.Popen(
        [*command, "-C", tmp_path, "member"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as tar:
        assert tar.stdout is not None
        assert tar.stdout.read(512) == header.header("member", size, 1_700_000_000)
        tar.kill()


SCRIPTS = ("check", "decrypt")


def run_recover(text: str, name: str, folder: Path, passphrase_file: Path) -> subprocess.CompletedProcess[str]:
    script = text.split(f"--- sh: {name} ---\n")[1].split("--- end ---", maxsplit=1)[0]
    environment = {"PATH": os.environ["PATH"], "PASSPHRASE_FILE": str(passphrase_file)}
    return subprocess.run(
        ["sh", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(params=[PBKDF2, SOP], ids=lambda kdf: kdf.name)
def by_hand(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = make(tmp_path / "made", request.param)
    (tmp_path / "out").mkdir()
    (tmp_path / "passphrase").write_bytes(PASSPHRASE.reveal() + b"\n")
    subprocess.run(["tar", "-xkf", path, "-C", tmp_path / "out"], check=True)
    return tmp_path


def test_the_commands_in_recover_txt_check_and_decrypt_it_with_stock_tools(by_hand: Path) -> None:
    text = (by_hand / "out" / "RECOVER.txt").read_text()
    for name in SCRIPTS:
        done = run_recover(text, name, by_hand / "out", by_hand / "passphrase")
        assert done.returncode == 0, done.stderr
    plain = subprocess.run(["gunzip", "-c", by_hand / "out" / f"{STEM}.sql.gz"], capture_output=True, check=True).stdout
    assert plain == DUMP


@pytest.mark.parametrize("harm", ["flip", "extra", "missing", "sums", "hmac", "passphrase"])
def test_the_check_in_recover_txt_stops_at_what_is_wrong(by_hand: Path, harm: str) -> None:
    out = by_hand / "out"
    text = (out / "RECOVER.txt").read_text()
    victim = {
        "flip": f"{STEM}.sql.gz.enc",
        "missing": f"{STEM}.globals.sql.gz.enc",
        "sums": names.SUMS,
        "hmac": names.HMAC,
    }
    if harm == "extra":
        (out / "extra").write_bytes(b"")
    elif harm == "passphrase":
        (by_hand / "passphrase").write_bytes(b"another one\n")
    elif harm == "missing":
        (out / victim[harm]).unlink()
    else:
        content = bytearray((out / victim[harm]).read_bytes())
        content[40] ^= 1
        (out / victim[harm]).write_bytes(content)
    done = run_recover(text, "check", out, by_hand / "passphrase")
    assert done.returncode != 0
    assert "STOP" in done.stderr


def test_every_flipped_byte_is_refused_before_anything_is_decrypted(sample: Sample, tmp_path: Path) -> None:
    victim = tmp_path / sample.path.name
    step = 389  # coprime with the cipher's and tar's block sizes: every kind of place is hit; the campaigns do each bit
    for position in range(0, len(sample.content), step):
        content = bytearray(sample.content)
        content[position] ^= 0x10
        victim.write_bytes(content)
        with pytest.raises(VerificationError):
            read(victim)


@pytest.mark.parametrize("cut", [1, 512, 1024, 1025, 4096, 9000])
def test_a_bundle_that_was_cut_is_refused(sample: Sample, tmp_path: Path, cut: int) -> None:
    victim = tmp_path / sample.path.name
    victim.write_bytes(sample.content[:-cut])
    with pytest.raises(VerificationError):
        read(victim)


@pytest.mark.parametrize("more", [b"\0", bytes(512), b"x" * 512])
def test_anything_after_the_end_is_refused(sample: Sample, tmp_path: Path, more: bytes) -> None:
    victim = tmp_path / sample.path.name
    victim.write_bytes(sample.content + more)
    with pytest.raises(VerificationError):
        read(victim)


def test_a_bundle_fetched_under_another_name_is_refused(sample: Sample) -> None:
    with pytest.raises(VerificationError, match="was made as"):
        read(sample.path, name="broker_db1_2026-11-24T040506Z.tar")


def test_a_wrong_passphrase_is_told_apart_from_an_altered_bundle(sample: Sample) -> None:
    with pytest.raises(VerificationError, match="this passphrase does not open"):
        read(sample.path, passphrase=Secret(b"wrong"))


def test_a_member_of_another_bundle_is_refused(sample: Sample, tmp_path: Path) -> None:
    other = make(tmp_path / "other").read_bytes()
    assert len(other) == len(sample.content)
    start = sample.content.index(f"{STEM}.sql.gz.enc".encode())
    victim = tmp_path / sample.path.name
    victim.write_bytes(
        sample.content[: start + 512] + other[start + 512 : start + 2560] + sample.content[start + 2560 :]
    )
    with pytest.raises(VerificationError, match="altered or is damaged"):
        read(victim)


@pytest.mark.parametrize("content", [b"", b"hello", bytes(10240), b"Salted__" + bytes(1016)])
def test_what_is_no_bundle_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(content)
    with pytest.raises(VerificationError):
        read(tmp_path / "x.tar")


def test_the_md5_is_of_the_compressed_dump(sample: Sample) -> None:
    with Bundle.open(sample.path) as bundle:
        bundle.authenticate([PASSPHRASE])
        line = b"".join(bundle.raw(f"{STEM}.sql.gz.md5")).decode()
        plain = b"".join(bundle.plain(names.SQL))
    assert line == f"{hashlib.md5(plain, usedforsecurity=False).hexdigest()}  {STEM}.sql.gz\n"


@pytest.mark.parametrize(
    "name",
    ["broker_db1_2026-02-31T000000Z.tar", "Broker_db1_2026-01-01T000000Z.tar", "broker_2026-01-01T000000Z.tar",
     "broker_db1_2026-01-01T000000Z.tar.part", "broker_db1_2026-01-01T000000Z", "../x.tar", "notes.txt"],
)  # fmt: skip
def test_a_name_that_is_no_bundles_is_none(name: str) -> None:
    assert Stem.of_bundle(name) is None


def test_a_name_is_read_as_it_was_written() -> None:
    assert Stem.of_bundle(STEM.bundle) == STEM
    assert str(Stem.now("broker", "ÄÖ.x", STEM.created)).startswith("broker_host_")


@contextmanager
def resource_limit(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_cannot_be_written_ends_the_chunks_at_once(tmp_path: Path) -> None:
    """A program is at their other end; left to the interpreter's end, it was waited for for ever (Python 3.13)."""
    ended = []

    def chunks() -> Generator[bytes, None, None]:
        try:
            while True:
                yield b"x" * (1 << 20)
        finally:
            ended.append(True)

    with Writer(tmp_path, STEM, PASSPHRASE, PBKDF2) as writer, resource_limit(1 << 21):
        with pytest.raises(OSError, match="too large") as caught:
            writer.add(names.SQL, chunks())
        assert ended
        assert caught.value  # which refers to every frame that could have kept them
