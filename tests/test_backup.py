"""The pipeline on a source of bytes: what is said of a passphrase, of a ledger, of a host that refuses something."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backuptool.backup import Made, backup
from backuptool.compression import compress
from backuptool.config import Plan, PlanTable
from backuptool.contents import Scan, ServerFacts
from backuptool.errors import BackuptoolError, SourceError
from backuptool.sources import Source
from tests.bundle.sample import DATABASE, DUMP, ROLES, SERVER

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

    def open_source(self) -> Source:
        return self.source


def planned(
    folder: Path, passphrase: str = "x" * 20, kdf: str = "sop", step: str = "", *, name: str = "broker",
    keys: Path | None = None,
) -> Plan:  # fmt: skip
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


@pytest.mark.parametrize("step", ["dump", "database", "roles", "facts"])
def test_what_the_host_refuses_to_the_source_is_no_full_disk(tmp_path: Path, step: str) -> None:
    with pytest.raises(SourceError, match="Resource temporarily unavailable") as caught:
        made(tmp_path, planned(tmp_path, step=step))
    assert "room" not in caught.value.hint
    assert list((tmp_path / "work").iterdir()) == []


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
