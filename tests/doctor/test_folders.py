"""What doctor finds about the folders that a plan's runs use."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from backuptool.doctor.subject import Subject
from backuptool.ledger import Entry, Ledger
from tests.bundle.test_bundle import resource_limit
from tests.doctor.sample import found, planned


@pytest.mark.parametrize(("free", "grade"), [(4999, "warning"), (5000, "ok")])
def test_before_the_first_backup_the_size_of_the_database_may_be_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, grade: str
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    subject = Subject(planned(tmp_path))
    subject.size = 5000
    one = found("work_dir", subject)
    assert (one.grade, "the first backup" in one.found) == (grade, grade == "warning")


@pytest.mark.parametrize(("free", "grade"), [(999, "failed"), (1000, "warning"), (1999, "warning"), (2000, "ok")])
def test_then_it_is_the_last_backups_and_twice_that_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, grade: str
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    at = "2026-11-22T04:05:06+00:00"
    Ledger(tmp_path / "state").add(Entry(at, "broker", "one.tar", "stored", "/disk", "download", 1000, 1, ""))
    one = found("work_dir", Subject(planned(tmp_path)))
    assert (one.grade, one.found.endswith("the last backup took 1.0 kB")) == (grade, True)


def test_a_work_dir_that_is_not_there_yet_may_be_a_slip(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    assert found("work_dir", Subject(plan)).grade == "ok"  # it is the state_dir, which is made here
    plan.work_dir = tmp_path / "wrok"
    one = found("work_dir", Subject(plan))
    said = f"{tmp_path}/wrok is not there yet, and will be made in {tmp_path}: "
    assert (one.grade, one.found.startswith(said)) == ("warning", True)
    (tmp_path / "wrok").mkdir()
    assert found("work_dir", Subject(plan)).grade == "ok"


def test_state_that_cannot_be_kept_keeps_no_backup_from_being_made(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    one = found("state_dir", Subject(planned(tmp_path)))
    assert (one.grade, one.found) == ("warning", f"nothing can be kept in {tmp_path}/state: Not a directory")


def test_state_on_a_disk_that_is_read_only_keeps_no_backup_from_being_made_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may write there, root neither; but the lock is held elsewhere then."""

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    (tmp_path / "state").mkdir()
    facts = os.statvfs(tmp_path)
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result((*facts[:8], os.ST_RDONLY, facts[9])))
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    one = found("state_dir", Subject(planned(tmp_path)))
    assert (one.grade, one.found) == ("warning", f"nothing can be kept in {tmp_path}/state: Read-only file system")


def test_a_work_dir_on_a_disk_that_is_read_only_is_not_said_to_want_another_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an error Linux mounts it so; then nobody may write there, root neither."""
    (tmp_path / "state").mkdir()
    facts = os.statvfs(tmp_path)
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result((*facts[:8], os.ST_RDONLY, facts[9])))
    monkeypatch.setattr(os, "access", lambda *_: False)
    one = found("work_dir", Subject(planned(tmp_path)))
    assert (one.grade, one.found) == ("failed", f"{tmp_path}/state is on a disk that is mounted read-only")
    assert one.hint == "mount it writable (dmesg may say what happened to it), or set state_dir"


def test_a_file_in_the_place_of_a_work_dir_is_not_said_to_want_another_user_either(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    one = found("work_dir", Subject(planned(tmp_path)))
    assert (one.grade, one.found) == ("failed", f"{tmp_path}/state is no folder")
    assert one.hint == "move it away, or set state_dir"


@pytest.mark.parametrize(("work_dir", "made"), [("state", False), ("work", True)])
def test_backups_are_said_to_be_made_without_state_only_where_they_are_put_together_elsewhere(
    tmp_path: Path, work_dir: str, made: bool
) -> None:
    plan = planned(tmp_path)
    plan.work_dir = tmp_path / work_dir
    (tmp_path / "state").touch()
    one = found("state_dir", Subject(plan))
    assert ("backups are made all the same" in one.hint, one.hint.startswith("set state_dir")) == (made, True)


class TestALedger:
    """What is told here is a warning: backups are made all the same."""

    def test_on_a_disk_that_is_full_is_said_not_to_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "state").mkdir()
        with resource_limit(0):
            one = found("state_dir", Subject(planned(tmp_path)))
        assert (one.grade, one.found) == ("warning", f"nothing can be kept in {tmp_path}/state: File too large")
        assert one.hint.startswith("make room there")
        assert list((tmp_path / "state").iterdir()) == []

    def test_that_is_a_folder_is_none(self, tmp_path: Path) -> None:
        ledger = Ledger(tmp_path / "state").path
        ledger.mkdir(parents=True)
        one = found("state_dir", Subject(planned(tmp_path)))
        assert (one.grade, one.found) == ("warning", f"{ledger} is no file, so nothing can be kept in it")
        assert "move it away" in one.hint

    def test_that_is_not_there_yet_is_not_said_to_know_that_there_is_no_backup(self, tmp_path: Path) -> None:
        one = found("state_dir", Subject(planned(tmp_path)))
        assert (one.grade, one.found) == ("ok", f"{tmp_path}/state: the ledger has no backup yet")


@pytest.mark.parametrize(
    ("check", "work_dir", "key"),
    [("state_dir", "state", "state_dir"), ("work_dir", "state", "state_dir"), ("work_dir", "work", "work_dir")],
)
def test_a_folder_that_cannot_be_made_is_named_and_not_the_one_above_it_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check: str, work_dir: str, key: str
) -> None:
    """As of a user whose home is /nonexistent: that one may not write to / explains nothing."""
    plan = planned(tmp_path)
    plan.state_dir, plan.work_dir = tmp_path / "none" / "state", tmp_path / "none" / work_dir
    monkeypatch.setattr(os, "access", lambda *_: False)
    one = found(check, Subject(plan))
    wanted = {"state_dir": plan.state_dir, "work_dir": plan.work_dir}[key]
    said = f"{wanted} is not there, and this user may not make it in {tmp_path}"
    assert (one.grade, one.found) == ("failed", said)
    assert one.hint == f"set {key} to a folder that this user may write to"
