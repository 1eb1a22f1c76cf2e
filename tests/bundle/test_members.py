"""What stands in a tar before anything of it is proven: names that this format writes, and few of them."""

from __future__ import annotations

import base64
import bz2
import gzip
import lzma
import os
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, Keys, authenticate_tail, names
from backuptool.bundle.authentication import parse_sums
from backuptool.bundle.header import END, header, padding
from backuptool.bundle.names import Layout
from backuptool.errors import VerificationError
from tests.bundle.sample import PASSPHRASE, STEM

MTIME = int(STEM.created.timestamp())
FIRST = (names.RECOVER, f"{STEM}{names.SQL}")
SUM = b"ab" * 32 + b"  a"
FORGED = "\nAll backups verified\x1b[2J"


def tar(*members: str) -> bytes:
    """A tar of empty files."""
    return b"".join(header(name, 0, MTIME) for name in members) + END


def with_one_of(name: str, size: int) -> bytes:
    """A bundle of empty files and this one."""
    sizes = {one: size * (one == name) for one in Layout(recipients=1).members(STEM)}
    return b"".join(header(one, size, MTIME) + bytes(size + padding(size)) for one, size in sizes.items()) + END


def refusal(content: bytes) -> str:
    with pytest.raises(VerificationError) as caught:
        Bundle.of(BytesIO(content))
    return caught.value.message


@pytest.mark.parametrize(
    "members",
    [(FORGED,), (*FIRST, FORGED), (*FIRST, FORGED, FORGED), (*FIRST, "a b"), (*FIRST, "../x"), (*FIRST, "a\0b")],
    ids=repr,
)
def test_a_name_that_no_bundle_has_is_refused_and_shown_as_one_line(members: Sequence[str]) -> None:
    """Nobody has proven it yet: it may command a terminal, or be a line of its own in a log."""
    message = refusal(tar(*members))
    assert "the header of member" in message
    assert message.isprintable()


def test_the_end_of_a_bundle_shows_no_such_name_either() -> None:
    content = tar(*FIRST, FORGED, names.MANIFEST, names.SUMS, names.HMAC)
    with pytest.raises(VerificationError) as caught:
        authenticate_tail(STEM.bundle, len(content), lambda start: [content[start:]], Keys.of(PASSPHRASE))
    assert caught.value.message.isprintable()


def test_more_members_than_any_bundle_has_are_refused_unread() -> None:
    """400,000 took 206 MiB, and were a message of 17 MB."""
    content = BytesIO(tar(*FIRST, *(f"x{number}" for number in range(1000))))
    with pytest.raises(VerificationError, match="more members than"):
        Bundle.of(content)
    assert content.tell() < 40 * 512


@pytest.mark.parametrize(
    ("members", "wrong"),
    [
        ((*FIRST, "x" * 100, "y" * 100), "x" * 100),
        ((*FIRST, f"{STEM}{names.DATABASE}", f"{STEM}{names.GLOBALS}"), f"{STEM}{names.CONTENTS}"),
        (FIRST, f"{STEM}{names.DATABASE}"),
        ((*FIRST, f"{STEM}{names.CONTENTS}", f"{STEM}{names.DATABASE}"), f"{STEM}{names.CONTENTS}"),
    ],
)  # fmt: skip
def test_the_first_member_that_is_wrong_is_named_and_no_other(members: Sequence[str], wrong: str) -> None:
    message = refusal(tar(*members))
    assert wrong in message
    assert len(message) < 300


def test_what_is_no_tar_file_may_only_be_the_wrong_file(tmp_path: Path) -> None:
    """As the .sql that gunzip made: nothing has changed that."""
    (tmp_path / "x.sql").write_bytes(b"--\n-- PostgreSQL database dump\n" + bytes(2000))
    with pytest.raises(VerificationError, match="no tar file") as caught, Bundle.open(tmp_path / "x.sql"):
        pass
    assert caught.value.hint.startswith("is it the right file? a bundle is a .tar; if this was one, do not rely on it")


@pytest.mark.parametrize(
    ("pack", "hint"),
    [
        (gzip.compress, "gunzip opens it: name what comes out, unless that is a dump"),
        (bz2.compress, "bunzip2 opens it"),
        (lzma.compress, "unxz opens it"),
        (
            lambda content: b"\x28\xb5\x2f\xfd" + content,
            "unzstd opens it",
        ),  # RFC 8878, 3.1.1; Python has no zstd before 3.14
        (base64.encodebytes, "base64 -d opens it"),
        (base64.b64encode, "base64 -d opens it"),
    ],
)
def test_what_is_packed_once_more_is_told_what_opens_it(
    tmp_path: Path, pack: Callable[[bytes], bytes], hint: str
) -> None:
    (tmp_path / "x.tar").write_bytes(pack(b"Salted__" + bytes(2000)))
    with pytest.raises(VerificationError, match="no tar file") as caught, Bundle.open(tmp_path / "x.tar"):
        pass
    assert hint in caught.value.hint


@pytest.mark.parametrize("large", [8**11 - 1, 8**11, 3 * 8**12])
def test_a_bundle_of_more_than_8_gib_is_read(tmp_path: Path, large: int) -> None:
    sizes = {name: large if name.endswith(names.SQL) else 3 for name in Layout().members(STEM)}
    with (tmp_path / "sparse").open("wb") as file:
        for name, size in sizes.items():
            file.write(header(name, size, MTIME))
            file.seek(size + padding(size), os.SEEK_CUR)
        file.write(END)
    with Bundle.open(tmp_path / "sparse") as bundle:
        assert {name: member.size for name, member in bundle.members.items()} == sizes


@pytest.mark.parametrize(
    "text",
    [b"# sums\n", b"%s\n" % SUM.upper(), SUM, b"%s\r\n" % SUM, b"%s\n%s\n" % (SUM, SUM), b"%s/b\n" % SUM],
    ids=["a comment", "capitals", "no end", "an end of Windows'", "a name twice", "a path"],
)
def test_sums_have_one_spelling_though_whoever_wrote_them_is_proven(text: bytes) -> None:
    """`sha256sum -c` passes over what it cannot read, and takes paths."""
    assert parse_sums(b"%s\n" % SUM) == {"a": "ab" * 32}
    with pytest.raises(VerificationError, match="not written as this format"):
        parse_sums(text)


def test_one_recipient_too_many_is_refused_by_their_number() -> None:
    sealed = [f"{names.SEALED}{number}" for number in range(1, names.MOST_RECIPIENTS + 2)]
    rest = (names.MANIFEST, names.SUMS, names.HMAC)
    members = (*FIRST, f"{STEM}{names.DATABASE}", f"{STEM}{names.CONTENTS}")
    assert "20 recipients" in refusal(tar(*members, *sealed, *rest))


def test_the_largest_bundle_that_there_is_has_no_member_too_many() -> None:
    whole = Layout(recipients=names.MOST_RECIPIENTS, signed=True).members(STEM)
    assert len(Bundle.of(BytesIO(tar(*whole))).members) == len(whole)


@pytest.mark.parametrize("name", [names.RECOVER, f"{STEM}{names.MD5}", f"{names.SEALED}1", names.MANIFEST])
def test_a_member_that_is_not_encrypted_is_no_larger_than_the_format_says(name: str) -> None:
    most = 1 << 16
    Bundle.of(BytesIO(with_one_of(name, most)))
    assert f"{name} is larger" in refusal(with_one_of(name, most + 1))
