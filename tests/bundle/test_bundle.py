"""The bundle, format 1: made by us, opened by stock tools; anything else than what was made is refused."""

from __future__ import annotations

import hashlib
import resource
import subprocess
import tarfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from plumbum import local

from backuptool.bundle import Bundle, Keys, Sealing, Stem, Writer, authenticate_tail, header, names
from backuptool.encryption import PBKDF2, SOP, Kdf, decrypt
from backuptool.errors import BackuptoolError, VerificationError
from backuptool.secret import Secret
from tests.bundle.sample import DUMP, PASSPHRASE, ROLES, STEM, make


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
        bundle.authenticate(Keys.of(passphrase), name)
        return b"".join(bundle.expanded(names.SQL))


@pytest.mark.parametrize("kdf", [PBKDF2, SOP], ids=lambda kdf: kdf.name)
def test_what_went_in_comes_out_and_says_what_it_is(tmp_path: Path, kdf: Kdf) -> None:
    path = make(tmp_path / "made", Sealing(PASSPHRASE, kdf))
    assert path.name == "broker_db1_2026-11-23T040506Z.tar"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o777 == 0o600
    with Bundle.open(path) as bundle:
        manifest = bundle.authenticate(Keys.of(Secret(b"another"), PASSPHRASE), path.name)
        assert (manifest.kdf, manifest.sequence, manifest.previous) == (kdf.name, 3, "ab" * 32)
        assert b"".join(bundle.expanded(names.SQL)) == DUMP
        assert b"".join(bundle.expanded(names.GLOBALS)) == ROLES


def test_all_but_the_dump_is_decrypted_once_however_often_it_is_read(tmp_path: Path) -> None:
    asked: list[str] = []

    def counted(chunks: Iterator[bytes], passphrase: Secret, kdf: Kdf) -> Iterator[bytes]:
        asked.append(kdf.name)
        return decrypt(chunks, passphrase, kdf)

    with Bundle.open(make(tmp_path / "made", Sealing(PASSPHRASE, SOP))) as bundle:
        bundle.authenticate(Keys.of(PASSPHRASE))
        assert bundle.contents
        bundle.decrypt = counted
        for suffix, plain in ((names.GLOBALS, ROLES), (names.SQL, DUMP)) * 3:
            assert b"".join(bundle.expanded(suffix)) == plain
    assert len(asked) == 1 + 3


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


def test_every_flipped_byte_is_refused_before_anything_is_decrypted(sample: Sample, tmp_path: Path) -> None:
    victim = tmp_path / sample.path.name
    step = 389  # coprime with the cipher's and tar's block sizes: every kind of place is hit; the campaigns do each bit
    for position in range(0, len(sample.content), step):
        content = bytearray(sample.content)
        content[position] ^= 0x10
        victim.write_bytes(content)
        with pytest.raises(VerificationError):
            read(victim)


@pytest.mark.parametrize("size", [-1, -512, -100_000])
def test_a_size_with_a_minus_is_refused_also_where_the_header_made_again_is_the_same(
    sample: Sample, tmp_path: Path, size: int
) -> None:
    """`-0000000001` is a number to int(), and printed again it is the same 12 bytes."""
    altered = bytearray(sample.content)
    manifest = altered.index(b"manifest.json\0")
    altered[manifest : manifest + header.BLOCK] = header.header("manifest.json", size, int(STEM.created.timestamp()))
    (tmp_path / "altered").write_bytes(altered)
    with pytest.raises(VerificationError, match="header"):
        read(tmp_path / "altered")
    with pytest.raises(VerificationError):
        authenticate_tail(STEM.bundle, len(altered), lambda start: iter([bytes(altered[start:])]), Keys.of(PASSPHRASE))


def test_what_was_made_before_1970_is_no_bundle() -> None:
    """tar has no time before it but one with a minus."""
    assert Stem.parse("broker_db1_1969-12-31T235959Z") is None
    assert Stem.parse("broker_db1_1970-01-01T000000Z") is not None


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
        bundle.authenticate(Keys.of(PASSPHRASE))
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


def test_another_tar_than_gnus_is_told_as_such(tmp_path: Path) -> None:
    """What it left out would else be found by reading back, and laid to the disk."""
    tar = tmp_path / "tar"
    tar.write_text("#!/bin/sh\necho 'unrecognized option: format=gnu' >&2; exit 1\n")
    tar.chmod(0o755)
    with local.env(PATH=f"{tmp_path}:{local.env['PATH']}"):
        writer = Writer(tmp_path, STEM, Sealing(PASSPHRASE))
    with pytest.raises(BackuptoolError, match="tar: unrecognized option") as caught, writer:
        pass
    assert caught.value.hint == "GNU tar is needed"


def test_a_tape_and_options_that_tar_finds_in_the_environment_are_not_for_bundles(tmp_path: Path) -> None:
    """tar(1): TAPE is where an archive goes that has no -f, TAR_OPTIONS stand before those of the command line."""
    tape = tmp_path / "tape"
    tape.write_text("last night's")
    with local.env(TAPE=str(tape), TAR_OPTIONS="--gzip"):
        path = make(tmp_path / "made")
    assert read(path) == DUMP
    assert tape.read_text() == "last night's"


def test_what_cannot_be_written_ends_the_chunks_at_once(tmp_path: Path) -> None:
    """A program is at their other end; left to the interpreter's end, it was waited for for ever (Python 3.13)."""
    ended = []

    def chunks() -> Generator[bytes, None, None]:
        try:
            while True:
                yield b"x" * (1 << 20)
        finally:
            ended.append(True)

    with Writer(tmp_path, STEM, Sealing(PASSPHRASE)) as writer, resource_limit(1 << 21):
        with pytest.raises(OSError, match="too large") as caught:
            writer.add(names.SQL, chunks())
        assert ended
        assert caught.value  # which refers to every frame that could have kept them


def test_two_hosts_whose_long_names_begin_alike_stay_two() -> None:
    names = [Stem.now("broker", f"app-cluster-production-node{number}", STEM.created) for number in (1, 2)]
    assert names[0].host != names[1].host
    assert [Stem.parse(str(name)) for name in names] == names
    assert Stem.now("broker", "a" * 24, STEM.created).host == "a" * 24
