"""What doctor finds about a plan, where a whole host is not needed to see it."""

from __future__ import annotations

from pathlib import Path

from backuptool.doctor.subject import Subject
from tests.doctor.sample import found, planned


def test_a_plan_of_which_nothing_is_ever_removed_is_a_doubt(tmp_path: Path) -> None:
    one = found("keep", Subject(planned(tmp_path)))
    assert (one.grade, "keep = {" in one.hint) == ("warning", True)
    assert found("keep", Subject(planned(tmp_path, keep={"last": 7}))).grade == "ok"
