"""docs/format.md is what another reader is written from: its names, keys and numbers are those of the code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, authentication, names, reader, tail
from backuptool.bundle.members import LARGEST_PUBLIC
from backuptool.bundle.names import Layout
from backuptool.compression import compress
from backuptool.contents import strict
from backuptool.contents.model import DumpFacts, LargeObjects, ServerFacts, Table
from backuptool.encryption import PBKDF2
from backuptool.errors import VerificationError
from backuptool.recipients import recipient
from backuptool.sources import completeness
from backuptool.sshsig import LONGEST
from tests.bundle.sample import STEM, KeyRing, make

PAGE = (Path(__file__).parents[2] / "docs" / "format.md").read_text(encoding="utf-8")


def section(head: str) -> str:
    return PAGE.partition(f"\n## {head}\n")[2].partition("\n## ")[0]


def first_column(head: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)`", section(head), re.MULTILINE)


def keys_of(row: str) -> list[str]:
    """What is named in that row of the table of the contents."""
    (text,) = re.findall(rf"^\| `{re.escape(row)}`.*? \| (.*) \|$", section("STEM.contents.json.gz.enc"), re.MULTILINE)
    return re.findall(r"`([a-z_0-9]+)`", text)


def test_the_members_are_those_of_its_table_in_that_order() -> None:
    there = [name.replace("STEM", str(STEM)).replace(".N", ".1") for name in first_column("The members")]
    assert there == Layout(recipients=1, signed=True).members(STEM)


def test_the_members_without_which_there_may_be_a_bundle_are_optional_in_it() -> None:
    optional = set(re.findall(r"^\| `STEM([^`]+)` \| optional", section("The members"), re.MULTILINE))
    assert optional == {names.GLOBALS, names.MD5}


def test_the_keys_of_the_manifest_are_those_of_its_table(tmp_path: Path, ring: KeyRing) -> None:
    with Bundle.open(make(tmp_path / "made", ring.sealing(sealed=True, signed=True))) as bundle:
        manifest = json.loads(bundle.public(names.MANIFEST))
    assert list(manifest) == first_column("manifest.json")


def test_the_numbers_that_the_server_told_are_those_that_it_names() -> None:
    (said,) = re.findall(r"In `server` the numbers are\n(.*?);", section("STEM.contents.json.gz.enc"))
    properties = ServerFacts.model_json_schema()["properties"]
    assert re.findall(r"`(\w+)`", said) == [key for key, value in properties.items() if value.get("type") == "integer"]


def test_the_keys_of_the_contents_are_those_of_its_table(tmp_path: Path, ring: KeyRing) -> None:
    with Bundle.open(make(tmp_path / "made")) as bundle:
        bundle.authenticate(ring.keys())
        contents = json.loads(bundle.contents.encode())
    assert [row.partition(".")[0] for row in first_column("STEM.contents.json.gz.enc")] == [
        "format", "server", *["dump"] * 4, "plain",
    ]  # fmt: skip
    assert set(contents) == {"format", "server", "dump", "plain"}
    providers = {"libc", "icu", "builtin", "null"}
    assert set(keys_of("server")) - providers == set(ServerFacts.model_fields)
    assert set(keys_of("dump.tables")) == {field.alias or name for name, field in Table.model_fields.items()}
    assert set(LargeObjects.model_fields) <= set(keys_of("dump.large_objects"))
    rows = {"bytes", "sha256", *(row.partition(".")[2] for row in first_column("STEM.contents.json.gz.enc"))}
    assert set(DumpFacts.model_fields) <= rows
    assert set(keys_of("plain")) == set(contents["plain"])


NUMBERS = [
    ("so there are {} at most", [names.MOST_MEMBERS]),
    ("up to {}: the passphrase, sealed", [names.MOST_RECIPIENTS]),
    ("may be larger than {} bytes", [LARGEST_PUBLIC]),
    ("RSA keys have {} to {} bits", [recipient.SMALLEST, recipient.LARGEST]),
    ("nothing behind; at most {} bytes", [LONGEST]),
    ("One line of {} bytes", [len(f"backuptool-mac-1 pbkdf2-hmac-sha512 600000 {'0' * 16} {'0' * 32} {'0' * 64}\n")]),
    ("the last {} KiB", [tail.LONGEST >> 10]),
    ("no more than {} MiB are expanded", [reader.LARGEST_CONTENTS >> 20]),
    ("in its first {} bytes", [completeness.KEEP]),
    ("`[a-z0-9-]{{1,{}}}`", [names.MOST]),
]


@pytest.mark.parametrize(("words", "found"), NUMBERS)
def test_its_numbers_are_those_of_the_code(words: str, found: Iterable[int]) -> None:
    assert words.format(*(f"{number:,}" for number in found)).casefold() in PAGE.casefold()


def test_its_rounds_and_its_largest_integer_are_those_of_the_code() -> None:
    assert "integer of at most 2^53 - 1" in PAGE.replace("\n", " ")
    assert strict.LARGEST == 2**53 - 1
    assert "PBKDF2-HMAC-SHA256(passphrase, salt, 600000)" in PAGE
    assert PBKDF2.options == "-pbkdf2 -iter 600000 -md sha256"
    line = "backuptool-mac-1 pbkdf2-hmac-sha512 600000 SALT CHECK MAC"
    assert f"\n    {line}\n" in PAGE
    for word, digits in (("SALT", 16), ("CHECK", 32), ("MAC", 64)):
        line = line.replace(f" {word}", " " + "0" * digits)
    assert authentication.parse_line(f"{line}\n".encode())


def test_contents_that_expand_to_more_than_that_are_refused(tmp_path: Path, ring: KeyRing) -> None:
    """A bundle made by who knows the passphrase fills no memory; blanks are nothing to JSON."""
    blanks = [b" " * (1 << 20)] * 257
    with Bundle.open(make(tmp_path / "made")) as bundle:
        bundle.authenticate(ring.keys())
        bundle.decrypt = lambda *_: compress(blanks)
        with pytest.raises(VerificationError, match=f"expands to more than {256 << 20} bytes"):
            assert bundle.contents
