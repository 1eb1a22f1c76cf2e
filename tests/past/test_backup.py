"""What the old procedure left is opened, compared with its md5, and never taken for more than it is."""

from __future__ import annotations

import errno
import gzip
import io
import os
import subprocess
import tarfile
from pathlib import Path
from typing import IO

import pytest

from backuptool.encryption import MD5, SOP, _encrypt, encrypt, pbkdf2
from backuptool.errors import BackuptoolError, UsageError, VerificationError
from backuptool.past import OldBackup, created, is_old, opened
from backuptool.past.derivation import attempts
from backuptool.past.part import Part
from backuptool.secret import Secret
from tests.bundle.sample import make
from tests.past.procedure import NAME, old_tar
from tests.sources.test_completeness import OLD

PASSPHRASE = Secret(b"correct horse")
DUMP = gzip.compress(OLD)


@pytest.fixture
def passphrase_file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.touch(mode=0o600)
    path.write_bytes(PASSPHRASE.reveal() + b"\n")
    return path


def read(path: Path, passphrase: Secret = PASSPHRASE) -> bytes:
    with opened(path) as old:
        return b"".join(old.plain(old.opening([passphrase])))


@pytest.mark.parametrize("options", ["", "-md md5", "-pbkdf2", "-pbkdf2 -iter 600000"])
def test_what_the_old_procedures_own_commands_made_is_opened(
    tmp_path: Path, passphrase_file: Path, options: str
) -> None:
    path = old_tar(tmp_path / "var www", DUMP, passphrase_file, options)
    assert is_old(path)
    with opened(path) as old:
        opening = old.opening([Secret(b"another"), PASSPHRASE])
        assert b"".join(old.plain(opening)) == DUMP
        verdict = old.verify(opening)
        assert (verdict.dump_size, verdict.md5) == (len(OLD), True)
        assert old.evidence(opening) == "md5 matches; nothing proves who made it"


def test_what_has_a_bundles_name_is_none_of_the_old_procedure(tmp_path: Path, passphrase_file: Path) -> None:
    """Else one who may write to the store could put a bundle's dump alone in the bundle's place."""
    path = old_tar(tmp_path, DUMP, passphrase_file)
    assert is_old(path)
    assert not is_old(path.rename(tmp_path / "broker_db1_2026-11-23T040506Z.tar"))


def test_the_tar_holds_absolute_paths_as_the_procedures_did(tmp_path: Path, passphrase_file: Path) -> None:
    path = old_tar(tmp_path, DUMP, passphrase_file)
    listed = subprocess.run(["tar", "-tf", path], capture_output=True, text=True, check=True).stdout.splitlines()
    folder = str(path.parent).lstrip("/")
    assert listed == [f"{folder}/{NAME}.sql.gz.enc", f"{folder}/{NAME}.sql.gz.md5"]
    subprocess.run(["tar", "-xf", path, "-C", tmp_path], check=True)
    assert (tmp_path / listed[1]).read_text().endswith(f"  {path.parent}/{NAME}.sql.gz\n")


def test_an_md5_of_another_file_is_refused(tmp_path: Path, passphrase_file: Path) -> None:
    path = old_tar(tmp_path, DUMP, passphrase_file)
    line = f"/{NAME}.sql.gz\n".encode()
    content = path.read_bytes()
    assert content.count(line) == 1
    path.write_bytes(content.replace(line, line.replace(b"03_00_00", b"03_00_01")))
    with pytest.raises(VerificationError, match="of another file") as caught:
        read(path)
    assert "put the .md5 away" in caught.value.hint


@pytest.mark.parametrize("harm", ["flip in the middle", "flip in the end", "other md5"])
def test_what_has_another_md5_is_refused(tmp_path: Path, passphrase_file: Path, harm: str) -> None:
    path = old_tar(tmp_path, gzip.compress(OLD + os.urandom(3000)), passphrase_file)
    with tarfile.open(path) as tar:
        encrypted, md5 = tar.getmembers()
    at = {
        "flip in the middle": encrypted.offset_data + encrypted.size // 2,
        "flip in the end": encrypted.offset_data + encrypted.size - 20,
        "other md5": md5.offset_data,
    }[harm]
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(VerificationError, match=r"another md5|does not end as it should|not the one line"):
        read(path)


def test_a_wrong_passphrase_is_said(tmp_path: Path, passphrase_file: Path) -> None:
    path = old_tar(tmp_path, DUMP, passphrase_file)
    with pytest.raises(VerificationError, match="no known key derivation opens this") as caught:
        read(path, Secret(b"wrong"))
    assert "wrong passphrase" in caught.value.hint


def test_its_md5_decides_between_derivations_that_fit(tmp_path: Path) -> None:
    """Without any mark of its own, a file in 80 fits two derivations; in 200 there are some with an md5 to tell."""
    (tmp_path / "x").write_bytes(bytes(100))
    (tmp_path / "x.md5").write_bytes(subprocess.run(["md5sum", tmp_path / "x"], capture_output=True, check=True).stdout)
    ambiguous = 0
    for number in range(400):
        content = b"".join(_encrypt([bytes(100)], PASSPHRASE, MD5, number.to_bytes(8, "big")))
        tried = attempts(Part(tmp_path, io.BytesIO(content), 0, len(content)), [PASSPHRASE], (SOP, MD5))
        if sum(bool(one.padding) for one in tried) == 2:
            ambiguous += 1
            (tmp_path / "x.enc").write_bytes(content)
            assert read(tmp_path / "x.enc") == bytes(100)
            (tmp_path / "x.md5").rename(tmp_path / "hidden")
            with pytest.raises(VerificationError, match="several"):
                read(tmp_path / "x.enc")
            (tmp_path / "hidden").rename(tmp_path / "x.md5")
    assert ambiguous


class TestABareFile:
    """An .enc file, with the .md5 beside it or without."""

    def bare(self, folder: Path, plain: bytes = DUMP, name: str = "old.sql.gz.enc") -> Path:
        path = folder / name
        path.write_bytes(b"".join(encrypt([plain], PASSPHRASE, SOP)))
        return path

    def md5(self, folder: Path, plain: bytes, name: str = "old.sql.gz") -> None:
        (folder / "elsewhere").mkdir()
        (folder / "elsewhere" / name).write_bytes(plain)
        line = subprocess.run(["md5sum", folder / "elsewhere" / name], capture_output=True, check=True).stdout
        (folder / f"{name}.md5").write_bytes(line)

    def test_is_opened_and_gzips_checksum_compared(self, tmp_path: Path) -> None:
        path = self.bare(tmp_path)
        assert read(path) == DUMP
        damaged = bytearray(DUMP)
        damaged[-8] ^= 1
        with pytest.raises(VerificationError, match="compressed data is damaged"):
            read(self.bare(tmp_path, bytes(damaged)))
        with pytest.raises(VerificationError, match="compressed data is cut short"):
            read(self.bare(tmp_path, DUMP[:-1]))

    def test_of_several_gzip_members_is_whole_as_to_gunzip(self, tmp_path: Path) -> None:
        assert read(self.bare(tmp_path, DUMP * 3)) == DUMP * 3
        with pytest.raises(VerificationError, match="cut short"):
            read(self.bare(tmp_path, DUMP * 2 + DUMP[:20]))

    def test_is_compared_with_the_md5_beside_it(self, tmp_path: Path) -> None:
        path = self.bare(tmp_path)
        self.md5(tmp_path, DUMP)
        with opened(path) as old:
            assert old.verify(old.opening([PASSPHRASE])).md5
        (tmp_path / "old.sql.gz.md5").write_text(f"{'0' * 32}  /x/old.sql.gz\n")
        with pytest.raises(VerificationError, match="another md5"):
            read(path)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "not the one line"),
            (b"0123456789abcdef0123456789abcdef\n", "not the one line"),
            (b"0123456789ABCDEF0123456789ABCDEF  x\n", "not the one line"),
            (b"0123456789abcdef0123456789abcdef  x\n" * 2, "not the one line"),
            (b"MD5 (x) = 0123456789abcdef0123456789abcdef\n", "not the one line"),
            (b"x" * 20_000, "larger than one line"),
        ],
        ids=["empty", "no name", "upper case", "two lines", "of a BSD", "too large"],
    )
    def test_with_an_md5_that_is_none_is_refused(self, tmp_path: Path, content: bytes, reason: str) -> None:
        path = self.bare(tmp_path)
        (tmp_path / "old.sql.gz.md5").write_bytes(content)
        with pytest.raises(VerificationError, match=reason) as caught:
            read(path)
        assert "put the .md5 away, and gzip's own checksum is compared" in caught.value.hint
        (tmp_path / "old.sql.gz.md5").rename(tmp_path / "away")
        assert read(path) == DUMP

    def test_that_is_no_gzip_says_that_its_end_alone_speaks_for_it(self, tmp_path: Path) -> None:
        path = self.bare(tmp_path, bytes(100))
        with opened(path) as old:
            opening = old.opening([PASSPHRASE], SOP)
            assert old.evidence(opening).startswith("no md5 and no gzip")
            with pytest.raises(VerificationError, match="nothing says whether it is whole"):
                old.verify(opening)

    def test_of_a_plain_dump_is_whole_when_an_md5_says_so_and_else_nobody_knows(self, tmp_path: Path) -> None:
        """CBC lets a flipped bit pass, and there is no gzip to have a checksum."""
        path = self.bare(tmp_path, OLD, "old.sql.enc")
        with opened(path) as old, pytest.raises(VerificationError, match="nothing says whether it is whole"):
            old.verify(old.opening([PASSPHRASE]))
        self.md5(tmp_path, OLD, "old.sql")
        with opened(path) as old:
            assert old.verify(old.opening([PASSPHRASE])).dump_size == len(OLD)

    def test_of_another_count_is_opened_when_it_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "x.enc"
        path.write_bytes(b"".join(_encrypt([DUMP], PASSPHRASE, pbkdf2(123_457), b"a salt..")))  # no padding by luck
        with pytest.raises(VerificationError, match="no known key derivation") as caught:
            read(path)
        assert "--kdf pbkdf2:N" in caught.value.hint
        assert "another cipher or -md than stock: openssl enc -d opens it" in caught.value.hint
        with opened(path) as old:
            assert b"".join(old.plain(old.opening([PASSPHRASE], pbkdf2(123_457)))) == DUMP

    @pytest.mark.parametrize("length", [8, 15, 16, 31, 33, 47])
    def test_that_was_cut_within_a_block_is_refused(self, tmp_path: Path, length: int) -> None:
        path = self.bare(tmp_path)
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(VerificationError, match="cut short"):
            read(path)


def test_a_bundle_is_never_an_old_backup(tmp_path: Path) -> None:
    path = make(tmp_path / "made")
    assert not is_old(path)
    with pytest.raises(VerificationError, match="a bundle of format 1"), opened(path):
        pass


@pytest.mark.parametrize("kept", [(".sql.gz.enc", ".sql.gz.md5"), (".sql.gz.enc",), ("RECOVER.txt", ".sql.gz.enc")])
def test_a_bundle_whose_authentication_was_taken_out_is_no_old_backup(tmp_path: Path, kept: tuple[str, ...]) -> None:
    path = make(tmp_path / "made")
    subprocess.run(["tar", "-xf", path, "-C", tmp_path], check=True)
    names = [name.name for end in kept for name in tmp_path.glob(f"*{end}") if "." not in name.name[: -len(end)]]
    assert len(names) == len(kept)
    subprocess.run(["tar", "-C", tmp_path, "-cf", tmp_path / f"{NAME}.tar", *names], check=True)
    with pytest.raises(VerificationError, match=r"taken out|does not hold|format 1"), opened(tmp_path / f"{NAME}.tar"):
        pass


@pytest.mark.parametrize("content", [b"", b"x", bytes(512), bytes(10240), b"\x1f\x8b\x08" + bytes(600), b"Salted_"])
def test_what_is_neither_is_no_old_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert not is_old(tmp_path / "x")


def test_what_cannot_be_opened_is_one_line_with_a_hint(tmp_path: Path) -> None:
    named = "broker_db1_2026-11-23T040506Z.tar"  # as a bundle is, which is read without another look at what it is
    for pipe in ("pipe", named):
        os.mkfifo(tmp_path / pipe)
    pipes = (("pipe", "is not a file"), (named, "is not a file"))
    for path, reason in (("none", "No such file"), (".", "is not a file"), *pipes):
        with pytest.raises(UsageError, match=reason) as caught:
            is_old(tmp_path / path)
        assert caught.value.hint


class Closed(type(Path())):  # type: ignore[misc]  # to whoever runs the tests: root may read every file
    def open(self, *_: object, **__: object) -> IO[bytes]:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))


def test_who_may_not_read_a_file_is_not_told_to_name_another(tmp_path: Path) -> None:
    (tmp_path / "x.tar").touch()
    with pytest.raises(UsageError, match="Permission denied") as caught:
        is_old(Closed(tmp_path / "x.tar"))
    assert caught.value.hint == "run as a user who may read it"


class Failing:
    """A file whose disk fails behind the first 100 bytes."""

    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def seek(self, at: int) -> None:
        self.at = at

    def read(self, size: int) -> bytes:
        if self.at + size > 100 and self.at < len(self.content) - 32:
            raise OSError(5, "Input/output error")
        return self.content[self.at : self.at + size]


def test_a_disk_that_fails_while_it_is_read_is_said_as_that(tmp_path: Path) -> None:
    content = b"".join(encrypt([DUMP], PASSPHRASE, SOP))
    old = OldBackup(Part(tmp_path / "x.enc", Failing(content), 0, len(content)))  # type: ignore[arg-type] # of IO, these
    opening = old.opening([PASSPHRASE])
    with pytest.raises(BackuptoolError, match=r"x\.enc cannot be read: Input/output error") as caught:
        list(old.plain(opening))
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    "name",
    ["backup_2026_02_31T03_00_00.tar", "backup_2026_01_01T03_00_00.sql.gz", "backup_2026_01_01T03_00_00.tar.upload-0",
     "backup_2026_01_01.tar", "Backup_2026_01_01T03_00_00.tar", "backup_\uff12026_01_01T03_00_00.tar", "x.tar"],
)  # fmt: skip
def test_a_name_the_procedure_did_not_give_is_none(name: str) -> None:
    assert created(name) is None


def test_a_name_it_gave_says_when() -> None:
    when = created(f"{NAME}.tar")
    assert when is not None
    assert when.isoformat() == "2026-01-01T03:00:00+00:00"
