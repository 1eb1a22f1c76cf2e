"""Further arguments for pg_dump: none that changes what a dump is."""

from __future__ import annotations

import pytest

from backuptool.sources.arguments import check_extra


@pytest.mark.parametrize(
    "argument",
    [
        "-Fc", "-F", "--format=c", "--form=c", "-f", "-C", "-c", "--clean", "-j4", "--jobs=4", "-Z9", "-a", "-s", "-v",
        "-Ov", "-Oxs", "--inserts", "--column-inserts", "--enable-row-security", "--enable-row", "-d", "--dbname=x",
        "--rows-per-insert=3", "--sch", "--schema-only", "--verb", "plain", "", "-E", "--encoding=x",
    ],
)  # fmt: skip
def test_an_argument_that_changes_the_dump_is_refused_abbreviated_too(argument: str) -> None:
    with pytest.raises(ValueError, match=r"may not be given|is no option"):
        check_extra((argument,))


@pytest.mark.parametrize(
    "extra",
    [("-T", "log"), ("-Tlog",), ("-nsales",), ("-n", "-c"), ("--exclude-table=log",), ("--schema=sales",), ("-Ox",),
     ("--exclude-table-data=log.*",), ("--no-comments",), ("--lock-wait-timeout=5s",), ("-B", "--no-owner")],
)  # fmt: skip
def test_an_argument_that_chooses_what_is_dumped_is_passed_on(extra: tuple[str, ...]) -> None:
    assert check_extra(extra) == extra
