"""Further arguments for pg_dump: none that changes what a dump is, or drops rows or tables without naming them."""

from __future__ import annotations

import re
import subprocess

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.sources.arguments import (
    CHOOSES,
    DROPS,
    OWN,
    PLAIN,
    SHORT_PLAIN,
    SHORT_VALUED,
    VALUED,
    WRITES,
    check_extra,
    of_the_text,
)


@pytest.mark.parametrize(
    "argument",
    [
        "-Fc", "-F", "--format=c", "--form=c", "-f", "-C", "-c", "--clean", "-j4", "--jobs=4", "-Z9", "-a", "-s", "-v",
        "-Ov", "-Oxs", "--inserts", "--column-inserts", "--enable-row-security", "--enable-row", "-d", "--dbname=x",
        "--rows-per-insert=3", "--sch", "--schema-only", "--verb", "plain", "", "-", "--", "-E", "--encoding=x",
        "--no-data", "--no-sch", "--no-schema", "--statistics-only", "--statistics", "--filter=x", "--section=data",
        "--no-policies", "--data-only", "--extra-float-digits=0", "--lock-wait-timeout=5s", "--restrict-key=a",
        "--snapshot=x", "--on-conflict-do-nothing", "--binary-upgrade", "--of-a-version-to-come", "--no-comments=1",
        "--no-comm", "--exclude-table-d=x", "-S", "-w", "--include-foreign-data=x", "--include",
    ],
)  # fmt: skip
def test_an_argument_that_changes_the_dump_is_refused_abbreviated_too(argument: str) -> None:
    with pytest.raises(ValueError, match=r"may not be given|is no option"):
        check_extra((argument,))


@pytest.mark.parametrize(
    "extra",
    [("-T", "log"), ("-Tlog",), ("-nsales",), ("-n", "-c"), ("--exclude-table=log",), ("--schema=sales",), ("-Ox",),
     ("--exclude-table-data=log.*",), ("--no-comments",), ("-B", "--no-owner"), ("-OxT", "a", "-eplpgsql"),
     ("--exclude-table-and-children=log", "--no-publications")],
)  # fmt: skip
def test_an_argument_that_chooses_what_is_dumped_is_passed_on(extra: tuple[str, ...]) -> None:
    assert check_extra(extra) == extra


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (("--table", "foo"), "write --table=foo"),
        (("--table", "-v"), "write --table=PATTERN"),
        (("--exclude-table=",), "write --exclude-table=PATTERN"),
        (("-n",), "-n needs a value"),
        (("--no-data",), "with --no-data the dump would be no whole backup"),
        (("--exclude-table-da=x",), "write --exclude-table-data in full"),
        (("--no-coments",), "did you mean --no-comments?"),
        (("--include-foreign-data=live",), "a restore would insert the rows into the server again that they are on"),
        (("-xs",), "with --schema-only the dump would be no whole backup"),
        (("-Fc",), "the tool decides --format itself"),
        (("--no-comments=yes",), "--no-comments has no value"),
    ],
)
def test_the_message_says_what_to_write_or_why_not(extra: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        check_extra(extra)


@pytest.mark.parametrize(
    ("extra", "kept"),
    [
        (("--no-owner", "--exclude-table-data=log", "--role=reader"), ("--no-owner", "--role=reader")),
        (("-T", "-O", "-x"), ()),
        (("-OBxT", "a", "-nO", "-B", "-bx"), ("-O", "-b")),
        (("--no-blobs", "--no-unlogged-table-data", "--no-acl", "--no-tablespaces"), ("--no-tablespaces",)),
        (("--no-privileges", "--no-comments", "--no-publications", "--no-subscriptions", "--no-security-labels"), ()),
    ],
)
def test_what_chooses_objects_says_nothing_of_how_they_are_printed(
    extra: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    assert of_the_text(check_extra(extra)) == kept
    assert CHOOSES < VALUED | PLAIN


def test_what_is_passed_on_is_what_pg_dump_knows_with_a_value_or_without(server: PostgreSQL) -> None:
    listed = subprocess.run([server.programs / "pg_dump", "--help"], capture_output=True, text=True, check=True).stdout
    known = dict(re.findall(r"--([a-z-]+)(=[A-Z]+)?", listed))
    silent = {"blobs", "no-blobs", "no-acl"}  # names that it takes still, and no longer tells
    assert {name for name in VALUED if not known.get(name)} == set()
    assert {name for name in PLAIN - silent if known.get(name, "=") != ""} == set()
    assert not (VALUED | PLAIN) & set(OWN | DROPS | WRITES)
    assert not set(SHORT_VALUED + SHORT_PLAIN) & set("".join((OWN | DROPS).values()))
