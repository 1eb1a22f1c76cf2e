"""The pipeline on a source of bytes: what is said of a passphrase, of a ledger, of a host that refuses something."""

from __future__ import annotations

import errno
import logging
import math
import os
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backuptool.backup import Made, backup
from backuptool.bundle import Bundle, Keys, names
from backuptool.compression import compress
from backuptool.config import Plan, PlanTable
from backuptool.contents import Scan, ServerFacts
from backuptool.copies import Stores
from backuptool.errors import BackuptoolError, SourceError, StoreError, UsageError
from backuptool.keys import new_keys
from backuptool.secret import Secret
from backuptool.sources import Source
from backuptool.stores import Proof
from tests.bundle.sample import DATABASE, DUMP, ROLES, SERVER
from tests.stores.memory import MemoryStore

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)


class SourceOfBytes:
    """A source that is refused something by its host at `step`."""

    def __init__(self, step: str = "") -> None:
        self.step = step

    def _reach(self, step: str) -> None:
        if step == self.step:
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    def prepare(self) -> None:
        pass

    def dump(self, scan: Scan) -> Generator[bytes, None, None]:
        yield from compress(scan.watch([DUMP]))
        self._reach("dump")

    def database(self) -> Iterator[bytes]:
        yield DATABASE
        self._reach("database")

    def roles(self) -> Iterator[bytes]:
        yield ROLES
        self._reach("roles")

    def facts(self) -> ServerFacts:
        self._reach("facts")
        return SERVER


class PlanOfBytes(Plan):
    """A plan for such a source, and a store in a folder."""

    source = SourceOfBytes()
    stores: Stores | None = None

    def open_source(self) -> Source:
        return self.source

    def open_stores(self) -> Stores:
        return super().open_stores() if self.stores is None else self.stores


def planned(
    folder: Path, passphrase: str = "x" * 20, kdf: str = "sop", step: str = "", *, name: str = "broker",
    keys: Path | None = None,
) -> PlanOfBytes:  # fmt: skip
    """A plan for a source of bytes, in `folder`; sealed for the recipient in the folder `keys`, if there is one."""
    (folder / "passphrase.txt").touch(mode=0o600)
    (folder / "passphrase.txt").write_text(passphrase)
    sealing: dict[str, object] = {"passphrase_file": folder / "passphrase.txt"}
    if keys:
        sealing = {"recipients": [keys / "recipient.pem"], "signing_key": keys / "signing_key"}
    table = PlanTable.model_validate(
        {
            "kdf": kdf, "source": {"database": "x"}, "stores": [{"type": "directory", "path": folder / "store"}],
            **sealing,
        }
    )  # fmt: skip
    plan = PlanOfBytes(name, table, folder / "state", folder / "work")
    plan.source = SourceOfBytes(step)
    return plan


def made(folder: Path, plan: Plan) -> Made:
    (folder / "state").mkdir(exist_ok=True)
    (folder / "store").mkdir()
    return backup(plan, NOW)


def test_two_backups_of_one_second_have_names_of_their_own(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    first, second = made(tmp_path, plan), backup(plan, NOW)
    assert first.name < second.name
    assert sorted(path.name for path in (tmp_path / "store").iterdir()) == [first.name, second.name]


class Full(MemoryStore):
    """It lists, and takes nothing."""

    def put(self, path: Path, name: str, seconds: float = math.inf) -> Proof:
        """Raises StoreError."""
        raise StoreError(f"no room for {name}", hint="make some")


@pytest.mark.parametrize("number", [1, 2])
def test_what_is_wrong_with_the_only_store_is_the_error_and_no_line_beside_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    """It was both: two lines in a mail, two alarms of whoever collects logs."""
    plan = planned(tmp_path)
    plan.stores = [(f"/disk{one}", Full()) for one in range(number)]
    with pytest.raises(StoreError, match=r"^/disk0: no room for broker_\S+$"):
        made(tmp_path, plan)
    assert [line[:15] for line in caplog.messages] == (["/disk0: no room", "/disk1: no room"] if number > 1 else [])


def test_one_that_is_not_the_latest_by_its_name_is_made_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A clock that is wrong, now or when the other was made: a restore would take that one, night after night."""
    plan = planned(tmp_path)
    ahead = made(tmp_path, plan)
    said = f"by this host's clock {ahead.name} is still to come"
    for night in (2, 1):
        caplog.clear()
        assert backup(plan, NOW - timedelta(days=night)).name < ahead.name
        assert [said in line for line in caplog.messages] == [True]
    (tmp_path / "store" / ahead.name).unlink()
    caplog.clear()
    backup(plan, NOW)
    assert caplog.messages == []


@pytest.mark.parametrize("step", ["dump", "database", "roles", "facts"])
def test_what_the_host_refuses_to_the_source_is_no_full_disk(tmp_path: Path, step: str) -> None:
    with pytest.raises(SourceError, match="Resource temporarily unavailable") as caught:
        made(tmp_path, planned(tmp_path, step=step))
    assert "room" not in caught.value.hint
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.needs("ssh-keygen")
def test_a_signing_key_that_signs_nothing_is_told_before_anything_is_dumped(tmp_path: Path) -> None:
    with new_keys(tmp_path / "keys", ("recipient", "signing")):
        pass
    (tmp_path / "keys" / "signing_key").write_text("no key\n")
    with pytest.raises(UsageError, match="signing_key"):
        made(tmp_path, planned(tmp_path, step="dump", keys=tmp_path / "keys"))


def test_a_full_disk_is_one(tmp_path: Path) -> None:
    (tmp_path / "work").touch()
    with pytest.raises(BackuptoolError, match="work cannot hold temporary files"):
        made(tmp_path, planned(tmp_path))


@pytest.mark.parametrize(
    ("passphrase", "kdf", "warned"),
    [("x" * 19, "sop", True), ("x" * 20, "sop", False), ("x" * 19, "pbkdf2", False)],
)
def test_a_short_passphrase_is_warned_of_where_a_guess_costs_one_hash(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, passphrase: str, kdf: str, *, warned: bool
) -> None:
    made(tmp_path, planned(tmp_path, passphrase, kdf))
    said = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(said) == warned
    assert all("the passphrase is short" in line for line in said)


@pytest.mark.parametrize(("key", "member"), [("md5", names.MD5), ("roles", names.GLOBALS)])
@pytest.mark.parametrize("wanted", [True, False])
def test_what_a_plan_may_leave_out_is_there_unless_it_does(
    tmp_path: Path, key: str, member: str, *, wanted: bool
) -> None:
    plan = planned(tmp_path)
    if not wanted:
        setattr(plan, key, False)
    with Bundle.open(tmp_path / "store" / made(tmp_path, plan).name) as bundle:
        bundle.authenticate(Keys.of(Secret(b"x" * 20)))
        assert bundle.has(member) is wanted
        assert b"".join(bundle.expanded(names.DATABASE)) == DATABASE


def test_a_foreign_line_in_the_ledger_is_no_news_for_every_night(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plan = planned(tmp_path)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "ledger.jsonl").write_text('{"a": 1}\nnonsense\n')
    with caplog.at_level(logging.INFO):
        made(tmp_path, plan)
    lines = [record for record in caplog.records if "none of ours" in record.message]
    assert [record.levelno for record in lines] == [logging.INFO] * 2


class Slow(MemoryStore):
    """A store that takes all the time it is given, and would take more."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[float] = []

    def put(self, path: Path, name: str, seconds: float = math.inf) -> Proof:
        self.given.append(seconds)
        raise StoreError(f"storing {name} was not done within {seconds:g} s")


def test_a_store_that_is_too_slow_costs_its_own_copy_and_leaves_time_for_the_others(tmp_path: Path) -> None:
    plan, slow, quick = planned(tmp_path), Slow(), MemoryStore()
    plan.stores = [("slow", slow), ("quick", quick)]
    plan.time_limit = 100_000
    run = made(tmp_path, plan)
    assert ([*quick.files], [label for label, _ in run.failed]) == ([run.name], ["slow"])
    (seconds,) = slow.given
    assert 40_000 < seconds < 45_000
