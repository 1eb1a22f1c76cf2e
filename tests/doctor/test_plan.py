"""What doctor finds about a plan, where a whole host is not needed to see it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from backuptool.config import Plan, check_config
from backuptool.doctor.check import Finding, examine
from backuptool.doctor.plan import PLAN
from backuptool.doctor.subject import Subject


def planned(folder: Path, **more: Any) -> Plan:
    table = {
        "passphrase_file": str(folder / "p"),
        "source": {"database": "broker"},
        "stores": [{"type": "directory", "path": str(folder)}],
        **more,
    }
    return check_config({"state_dir": str(folder / "state"), "plans": {"broker": table}}, "test").plan("broker")


def found(check: str, subject: Subject) -> Finding:
    (one,) = examine([one for one in PLAN if one.name == check], subject)
    return one


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
    assert (one.grade, one.found) == ("warning", f"nothing can be kept in {tmp_path}/state")


def test_a_plan_of_which_nothing_is_ever_removed_is_a_doubt(tmp_path: Path) -> None:
    one = found("keep", Subject(planned(tmp_path)))
    assert (one.grade, "keep = {" in one.hint) == ("warning", True)
    assert found("keep", Subject(planned(tmp_path, keep={"last": 7}))).grade == "ok"
