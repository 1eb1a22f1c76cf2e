"""A history that survives kills and full disks, and may be lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from backuptool.ledger import Entry, Ledger, other_size

STORED = Entry("2026-11-23T04:05:06+00:00", "broker", "one.tar", "stored", "/disk", "download", 7, 1, "ab" * 32)
VERIFIED = replace(STORED, event="verified", how="decrypted")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "state")


def test_what_was_added_is_there_in_order_and_private(ledger: Ledger) -> None:
    ledger.add(STORED, VERIFIED)
    ledger.add(replace(STORED, plan="other"))
    assert ledger.of("broker") == [STORED, VERIFIED]
    assert ledger.path.stat().st_mode & 0o077 == 0


def test_a_ledger_that_is_lost_is_empty(ledger: Ledger) -> None:
    assert ledger.of("broker") == []
    assert ledger.last("broker") is None


def test_the_last_backup_is_the_one_that_was_stored_last(ledger: Ledger) -> None:
    newer = replace(STORED, bundle="two.tar", sequence=2)
    ledger.add(STORED, newer, VERIFIED)
    assert ledger.last("broker") == newer


def test_a_copy_is_another_one_only_where_all_that_was_proven_of_it_had_another_size() -> None:
    """`list` and `check` say of the same copies that their size has changed."""
    failed = replace(STORED, event="drilled", how="failed", size=3)
    assert other_size([STORED, VERIFIED], 7) is None
    assert other_size([STORED, replace(VERIFIED, size=8)], 6) == 8
    assert other_size([failed], 7) is None
    assert other_size([failed, replace(STORED, event="removed")], 6) is None


@pytest.mark.parametrize("left", ['{"at":"2026', "\0\0\0\0", '{"a": 1}\n', "[]\n", "\xff\n", "[" * 100_000])
def test_half_a_line_costs_that_line_only(ledger: Ledger, left: str) -> None:
    ledger.add(STORED)
    with ledger.path.open("a", encoding="latin-1") as file:
        file.write(left)
    ledger.add(VERIFIED)
    assert ledger.of("broker") == [STORED, VERIFIED]


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": None}, {"at": "yesterday"}, {"at": "2026-11-23"}, {"bundle": ["one.tar"]}, {"event": "eaten"},
        {"how": None}, {"size": "big"}, {"size": True}, {"sequence": None}, {"sequence": "7"}, {"sequence": -1},
        {"sequence": 2**53 - 1}, {"sums": "xyz"}, {"sums": None}, {"store": 7},
    ],
)  # fmt: skip
def test_a_line_with_anything_else_than_an_entry_in_it_costs_that_line_only(
    ledger: Ledger, wrong: dict[str, object]
) -> None:
    ledger.add(STORED)
    with ledger.path.open("a") as file:
        file.write(json.dumps(asdict(STORED) | wrong) + "\n")
    assert ledger.of("broker") == [STORED]


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("made", [a_folder, a_pipe, a_device])
def test_what_is_no_file_is_an_empty_ledger_and_each_failure_is_said_once(
    ledger: Ledger, caplog: pytest.LogCaptureFixture, made: Callable[[Path], None]
) -> None:
    """A pipe would be waited for until somebody writes into it, a device be read until the memory is full."""
    ledger.path.parent.mkdir()
    made(ledger.path)
    assert ledger.of("broker") == Ledger(ledger.path.parent).of("broker") == []
    ledger.add(STORED)
    ledger.add(VERIFIED)
    said = [record.message.rpartition(":")[0] for record in caplog.records]
    assert said == [f"the ledger {ledger.path} cannot be {done}" for done in ("read", "written")]


def test_a_ledger_that_cannot_be_written_is_said_and_no_more(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    ledger.path.parent.write_text("a file where the folder should be")
    ledger.add(STORED)
    ledger.add(VERIFIED)
    Ledger(ledger.path.parent).add(VERIFIED)
    assert caplog.text.count("cannot be written") == 1
