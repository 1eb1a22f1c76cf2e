"""What doctor finds about stores that answer oddly."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backuptool.config import check_config
from backuptool.doctor.check import Finding, examine
from backuptool.doctor.shelf import Shelf
from backuptool.doctor.store import STORE
from backuptool.errors import StoreError
from backuptool.ledger import Entry, Ledger
from backuptool.stores import Proof, Store
from backuptool.stores.names import probe_name
from tests.bundle.test_bundle import resource_limit
from tests.doctor.sample import planned
from tests.stores.memory import MemoryStore


class Odd(MemoryStore):
    """Its clock is `off`; it may refuse to delete."""

    def __init__(self, off: timedelta = timedelta(0), *, keeps: bool = False) -> None:
        super().__init__()
        self._off, self._keeps = off, keeps

    def now(self) -> datetime:
        """Off by that."""
        return datetime.now(UTC) + self._off

    def delete(self, name: str) -> None:
        """Refused, or not."""
        if self._keeps:
            raise StoreError("the server forbids it (403)", hint="ask")
        super().delete(name)


class OddShelf(Shelf):
    """A plan's store that is one of these."""

    odd: Store

    @property
    def store(self) -> Store:
        return self.odd


class Small(MemoryStore):
    """Takes nothing of a kilobyte."""

    def check(self, name: str, size: int, made_in: Path | None = None) -> None:
        """Less only."""
        if size >= 1000:
            raise StoreError("507", hint="ask for more")


def found(folder: Path, store: Store, database: int = 0) -> dict[str, Finding]:
    tables = {
        "state_dir": str(folder / "state"),
        "plans": {
            "broker": {
                "passphrase_file": str(folder / "p"),
                "host": "db1",
                "source": {"database": "broker"},
                "stores": [{"type": "directory", "path": str(folder)}],
            }
        },
    }
    plan = check_config(tables, "test").plan("broker")
    shelf = OddShelf(plan, plan.store_tables[0], database)
    shelf.odd = store
    return {one.check: one for one in examine(STORE, shelf)}


@pytest.mark.parametrize(
    ("off", "grade"),
    [
        (timedelta(0), "ok"),
        (timedelta(minutes=-5), "warning"),
        (timedelta(minutes=5), "warning"),
        (timedelta(hours=-2), "failed"),
        (timedelta(days=3650), "failed"),
    ],
)
def test_a_clock_that_is_off_is_said(tmp_path: Path, off: timedelta, grade: str) -> None:
    one = found(tmp_path, Odd(off))["clock"]
    assert (one.grade, "apart" in one.found) == (grade, True)


def test_a_store_that_deletes_nothing_is_a_failure_and_what_stays_is_named(tmp_path: Path) -> None:
    store = Odd(keeps=True)
    one = found(tmp_path, store)["trial"]
    (left,) = store.files
    assert (one.grade, f"{left} stays there" in one.found) == ("failed", True)
    assert left.startswith("backuptool-doctor_broker_")


def test_nothing_is_left_where_it_can_be_deleted(tmp_path: Path) -> None:
    store = Odd()
    store.files["notes.txt"] = b"theirs"
    assert found(tmp_path, store)["trial"].grade == "ok"
    assert store.files == {"notes.txt": b"theirs"}


class Mistaken(MemoryStore):
    """Says that it stored nothing, and has it."""

    def put(self, path: Path, name: str, seconds: float = math.inf) -> Proof:
        """Raises StoreError."""
        super().put(path, name, seconds)
        raise StoreError("504")


def test_what_another_run_of_doctor_left_is_no_obstacle(tmp_path: Path) -> None:
    store = MemoryStore()
    store.files[probe_name("broker", "db1")] = b"left"
    assert found(tmp_path, store)["trial"].grade == "ok"
    assert store.files == {}


def test_what_is_there_though_the_store_says_otherwise_is_removed(tmp_path: Path) -> None:
    store = Mistaken()
    one = found(tmp_path, store)["trial"]
    assert (one.grade, one.found, store.files) == ("failed", "504", {})


def test_before_the_first_backup_the_size_of_the_database_is_what_may_not_fit(tmp_path: Path) -> None:
    small = found(tmp_path, Small(), database=5000)["room"]
    assert (small.grade, "the first backup of 5.0 kB of database" in small.found) == ("warning", True)
    assert found(tmp_path, Small(), database=500)["room"].found == "for all 500 B of the database"
    assert found(tmp_path, Small(), database=500)["room"].grade == found(tmp_path, Small())["room"].grade == "ok"


def test_then_it_is_another_of_the_last_ones_size(tmp_path: Path) -> None:
    store = Small()
    for size, grade in ((999, "ok"), (1000, "failed")):
        store.files["broker_db1_2026-11-22T040506Z.tar"] = bytes(size)
        one = found(tmp_path, store, database=5000)
        assert (one["room"].grade, one["trial"].grade) == (grade, "ok" if grade == "ok" else "skipped")


@pytest.mark.parametrize(
    ("url", "grade", "said"),
    [
        ("https://db1.example/x/", "ok", "https"),
        ("http://127.0.0.1:8080/x/", "ok", "http, to this host itself"),
        ("http://db1.example/x/", "warning", "http: who is on the way sees names and sizes, and can delete"),
    ],
)
def test_an_address_that_others_can_listen_to_is_a_doubt(tmp_path: Path, url: str, grade: str, said: str) -> None:
    webdav = {"type": "webdav", "url": url, "user": "u", "password_file": str(tmp_path / "p")}
    plan = planned(tmp_path, stores=[webdav])
    (one,) = examine([one for one in STORE if one.name == "scheme"], Shelf(plan, plan.store_tables[0]))
    assert (one.grade, one.found) == (grade, said)


def test_a_trial_for_which_this_disk_has_no_room_is_not_the_stores_fault(tmp_path: Path) -> None:
    with resource_limit(0):
        one = found(tmp_path, Odd())["trial"]
    assert (one.grade, one.found) == ("failed", f"{tmp_path}/state: File too large")
    assert one.hint == "make room there, or set work_dir"


class TestBundlesThatTheLedgerDoesNotKnow:
    NAME = "broker_db1_2026-11-22T040506Z.tar"

    def test_are_a_doubt_for_it_was_lost(self, tmp_path: Path) -> None:
        store = Odd()
        store.files[self.NAME] = b"x"
        one = found(tmp_path, store)["ledger"]
        said = f"{tmp_path}/state/ledger.jsonl knows of no backup, and 1 bundle of this host is there"
        assert (one.grade, one.found) == ("warning", said)

    def test_are_none_where_it_has_one_or_all_are_another_hosts(self, tmp_path: Path) -> None:
        store = Odd()
        store.files["broker_db2_2026-11-23T040506Z.tar"] = b"x"
        assert "ledger" not in found(tmp_path, store)
        store.files[self.NAME] = b"x"
        at = "2026-11-22T04:05:06+00:00"
        stored = Entry(at, "broker", self.NAME, "stored", "/elsewhere", "download", 1, 1, "")
        Ledger(tmp_path / "state").add(stored)
        assert "ledger" not in found(tmp_path, store)


def test_a_bundle_of_another_host_in_the_same_folder_is_not_this_ones_to_open(tmp_path: Path) -> None:
    store = Odd()
    store.files["broker_db2_2026-11-23T040506Z.tar"] = b"under other keys"
    one = found(tmp_path, store)
    assert one["listing"].found == "no bundle yet; 1 of other hosts"
    assert "last bundle" not in one
    store.files["broker_db1_2026-11-22T040506Z.tar"] = b"x"
    assert "the newest broker_db1_2026-11-22T040506Z.tar, 1 B; 1 of" in found(tmp_path, store)["listing"].found
