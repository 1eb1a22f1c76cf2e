"""Tables that fit a terminal."""

from __future__ import annotations

from datetime import timedelta

from backuptool.cli.show import ago, fitted, table

NAME = "broker_db1_2026-11-23T040506Z.tar"
LONG = "genomics-data-services-b_db-production-frankfurt1_2026-11-23T040506Z.tar"


def test_a_row_that_fits_is_one_line() -> None:
    rows = [(NAME, "12.3 MB", "3 h", "read back"), (NAME, "1.0 kB", "12 days", "")]
    assert fitted(rows) == table(rows) == f"{NAME}  12.3 MB      3 h  read back\n{NAME}   1.0 kB  12 days"


def test_what_is_too_long_for_a_line_goes_on_in_the_next_and_columns_stay() -> None:
    rows = [(LONG, "12.3 MB", "3 h", "drilled 3 days ago"), (LONG, "1.0 kB", "12 days", "")]
    assert fitted(rows).splitlines() == [
        LONG, "      12.3 MB      3 h  drilled 3 days ago",
        LONG, "       1.0 kB  12 days",
    ]  # fmt: skip


def test_long_sentences_are_broken_between_words_and_names_never() -> None:
    lines = fitted([(NAME, "keep", f"it is {LONG} and {'very ' * 20}long")]).splitlines()
    assert lines[0] == f"{NAME}  keep"
    assert LONG in " ".join(lines[1:])
    assert all(line.startswith("      ") for line in lines[1:])
    assert max(map(len, lines)) <= 80


def test_what_a_clock_that_was_ahead_has_dated_is_not_ago() -> None:
    assert (ago(timedelta(hours=3)), ago(timedelta(days=-9))) == ("3 h ago", "in the future")
