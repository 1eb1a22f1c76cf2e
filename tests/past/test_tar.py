"""The old procedure's tar is read as strictly as its few kinds of header allow; anything else is refused by name."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from backuptool.errors import VerificationError
from backuptool.past.part import Part, readable
from backuptool.past.tar import Member, members

NAME = "var/www/app/backups/backup_2026_01_01T03_00_00.sql.gz"
ENC, MD5 = b"Salted__" + bytes(1000), b"0123456789abcdef0123456789abcdef  /" + NAME.encode() + b"\n"


def read(content: bytes) -> tuple[Member, Member]:
    return members(Part(Path("memory"), io.BytesIO(content), 0, len(content)))


def packed(*members: tuple[str, bytes, dict[str, object]], form: int = tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, content, more in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in more.items():
                setattr(info, key, value)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def good() -> bytes:
    return packed((f"{NAME}.enc", ENC, {}), (f"{NAME}.md5", MD5, {}))


def stock(folder: Path, *options: str, name: str = "backup_2026_01_01T03_00_00.sql.gz") -> bytes:
    (folder / f"{name}.enc").write_bytes(ENC)
    (folder / f"{name}.md5").write_bytes(MD5)
    paths = [str(folder / f"{name}.enc"), str(folder / f"{name}.md5")]
    done = subprocess.run(["tar", *options, "-cf", "-", *paths], capture_output=True, check=True)
    return done.stdout


@pytest.mark.parametrize(
    "options", [(), ("-P",), ("-b1",), ("-b128",), ("--format=ustar",), ("--format=v7",)], ids=" ".join
)
def test_what_gnu_tar_makes_is_read(tmp_path: Path, options: tuple[str, ...]) -> None:
    if options == ("--format=v7",):  # which has no room for long names
        options = (*options, "-C", str(tmp_path), "--transform=s,.*/,,")
    encrypted, md5 = read(stock(tmp_path, *options))
    assert b"".join(encrypted.content.chunks()) == ENC
    assert b"".join(md5.content.chunks()) == MD5
    assert encrypted.base == "backup_2026_01_01T03_00_00.sql.gz.enc"


@pytest.mark.parametrize("length", [90, 99, 100, 101, 150, 240])
def test_a_path_of_any_length_is_read(tmp_path: Path, length: int) -> None:
    folder = tmp_path / ("d" * length)
    folder.mkdir()
    encrypted, _ = read(stock(folder))
    assert encrypted.name == str(folder).lstrip("/") + "/backup_2026_01_01T03_00_00.sql.gz.enc"


def test_a_member_of_more_than_8_gib_is_read(tmp_path: Path) -> None:
    """The header is tar's own; the data are a hole in the file."""
    size = 9 << 30
    with (tmp_path / "x.enc").open("wb") as file:
        file.truncate(size)
    with subprocess.Popen(["tar", "-C", tmp_path, "-cf", "-", "x.enc"], stdout=subprocess.PIPE) as tar:
        assert tar.stdout is not None
        header = tar.stdout.read(512)
        tar.kill()
    with (tmp_path / "big.tar").open("wb") as file:
        file.write(header)
        file.seek(size, os.SEEK_CUR)
        file.write(packed(("x.md5", MD5, {})))
    with readable(tmp_path / "big.tar") as whole:
        encrypted, md5 = members(whole)
        assert encrypted.content.size == size
        assert md5.content.read(0, len(MD5)) == MD5


Made = Callable[[], bytes]
LINK = {"type": tarfile.SYMTYPE, "linkname": "/etc/shadow", "size": 0}
REFUSED: dict[str, tuple[Made, str]] = {
    "one member": (lambda: packed((f"{NAME}.enc", ENC, {})), "does not hold an .enc"),
    "three members": (lambda: packed((f"{NAME}.enc", ENC, {}), (f"{NAME}.md5", MD5, {}), ("x", b"", {})), "'x' does"),
    "the same twice": (lambda: packed((f"{NAME}.enc", ENC, {}), (f"{NAME}.enc", ENC, {})), "two members"),
    "another order": (lambda: packed((f"{NAME}.md5", MD5, {}), (f"{NAME}.enc", ENC, {})), "does not belong"),
    "md5 of another": (lambda: packed((f"{NAME}.enc", ENC, {}), ("etc/x.md5", MD5, {})), "does not belong"),
    "no .enc": (lambda: packed((NAME, ENC, {}), (f"{NAME}.md5", MD5, {})), "does not belong"),
    "symbolic link": (lambda: packed((f"{NAME}.enc", b"", LINK), (f"{NAME}.md5", MD5, {})), "a symbolic link"),
    "hard link": (lambda: packed((f"{NAME}.enc", b"", {**LINK, "type": tarfile.LNKTYPE})), "a hard link"),
    "device": (lambda: packed((f"{NAME}.enc", b"", {"type": tarfile.CHRTYPE})), "a device"),
    "block device": (lambda: packed((f"{NAME}.enc", b"", {"type": tarfile.BLKTYPE})), "a device"),
    "named pipe": (lambda: packed((f"{NAME}.enc", b"", {"type": tarfile.FIFOTYPE})), "a named pipe"),
    "folder": (lambda: packed(("var/", b"", {"type": tarfile.DIRTYPE})), "a folder"),
    "contiguous": (lambda: packed((f"{NAME}.enc", ENC, {"type": tarfile.CONTTYPE})), "of an unknown kind"),
    "pax": (lambda: packed((f"{NAME}ü.enc", ENC, {}), form=tarfile.PAX_FORMAT), "a pax header"),
    "long link": (lambda: packed((f"{NAME}.enc", b"", {**LINK, "linkname": "x" * 200})), "a link with a long name"),
    "a bundle": (lambda: packed(("RECOVER.txt", b"", {}), ("manifest.json", b"", {})), "bundle of format 1"),
    "cut in the data": (lambda: good()[:900], "cut short"),
    "cut in a header": (lambda: good()[:1800], "cut short"),
    "no end": (lambda: good()[: 512 + 1024 + 512 + 512], "cut short"),
    "half an end": (lambda: good()[: 512 + 1024 + 512 + 512 + 512], "cut short"),
    "something after the end": (lambda: good() + b"x", "something after its end"),
    "a second tar after it": (lambda: good() + good(), "something after its end"),
    "a flipped bit": (lambda: flipped(good(), 1536 + 10), "header is damaged"),
    "padding": (lambda: flipped(good(), 512 + 1010), "padding after a member is not zero"),
    "negative size": (lambda: sized(good(), b"\xff" * 12), "size is negative"),
    "octal below zero": (lambda: sized(good(), b"-0000000100\0"), "size is negative"),
    "larger than the file": (lambda: sized(good(), b"\x80" + bytes(3) + b"\xff" * 8), "cut short"),
    "a chain of long names": (lambda: long_name(b"x" * 200) * 5000 + good(), "of an unknown kind"),
    "a long name of nothing": (lambda: long_name(bytes(200)) + good(), "has no name"),
    "a name of 1 MB": (lambda: long_name(b"x" * (1 << 20)) + good(), "longer than a path"),
    "a long name at the end": (lambda: good()[:2560] + long_name(b"x" * 200) + bytes(1024), "does not hold an .enc"),
}  # fmt: skip


def flipped(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


def sized(content: bytes, field: bytes) -> bytes:
    """The first member with another size field, and the checksum to it."""
    block = bytearray(content[:512])
    block[124:136] = field
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + content[512:]


def long_name(name: bytes) -> bytes:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, len(name)
    return info.tobuf(tarfile.GNU_FORMAT) + name + bytes(-len(name) % 512)


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_with_the_reason(make: Made, reason: str) -> None:
    with pytest.raises(VerificationError, match=reason) as caught:
        read(make())
    assert caught.value.hint
    assert "\n" not in caught.value.message


def test_the_good_one_is_read_or_the_refusals_prove_nothing() -> None:
    encrypted, md5 = read(good())
    assert (encrypted.name, md5.name) == (f"{NAME}.enc", f"{NAME}.md5")


def test_a_flipped_bit_in_any_byte_that_is_not_data_is_refused() -> None:
    """But in the blank behind a checksum, which tar does not read."""
    own = [*range(512), *range(512 + len(ENC), 2048), *range(2048 + len(MD5), len(good()))]
    passed = []
    for position in own:
        try:
            read(flipped(good(), position))
            passed.append(position)
        except VerificationError:
            continue
    assert passed == [155, 1536 + 155]


def test_a_sparse_member_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "x.enc").open("wb") as file:
        file.truncate(1 << 20)
    (tmp_path / "x.md5").write_bytes(MD5)
    made = subprocess.run(
        ["tar", "-S", "-C", tmp_path, "-cf", "-", "x.enc", "x.md5"], capture_output=True, check=True
    ).stdout
    with pytest.raises(VerificationError, match="a sparse file"):
        read(made)
