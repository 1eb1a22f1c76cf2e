"""A check that fails stops those that need it, and nobody else."""

from __future__ import annotations

import errno

from backuptool.doctor.check import Check, Doubt, Finding, examine
from backuptool.errors import SourceError


def fails(_: str) -> str:
    raise SourceError("it is down", hint="start it")


def doubts(_: str) -> str:
    raise Doubt("it is odd", hint="look at it")


def missing(_: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", "/none")


def found(*checks: Check[str]) -> list[tuple[str, str, str]]:
    return [(one.check, one.grade, one.found) for one in examine(checks, "x")]


def test_each_says_what_it_found_and_what_to_do() -> None:
    checks = (Check("a", str.upper), Check("b", doubts), Check("c", fails))
    assert list(examine(checks, "x", "plan", "store")) == [
        Finding("a", "ok", "X", "", "plan", "store"),
        Finding("b", "warning", "it is odd", "look at it", "plan", "store"),
        Finding("c", "failed", "it is down", "start it", "plan", "store"),
    ]


def test_what_needs_a_failed_one_names_the_first_cause() -> None:
    checks = (Check("a", fails), Check("b", str.upper, ("a",)), Check("c", str.upper, ("b",)), Check("d", str.upper))
    assert found(*checks) == [
        ("a", "failed", "it is down"),
        ("b", "skipped", "not looked at, because `a` failed"),
        ("c", "skipped", "not looked at, because `a` failed"),
        ("d", "ok", "X"),
    ]


def test_a_warning_stops_nobody() -> None:
    assert found(Check("a", doubts), Check("b", str.upper, ("a",)))[1][1] == "ok"


def test_what_is_not_about_this_is_not_shown_even_when_it_would_be_skipped() -> None:
    checks: tuple[Check[str], ...] = (
        Check("a", fails),
        Check("b", str.upper, ("a",), lambda _: False),
        Check("c", lambda _: None),
    )
    assert [name for name, _, _ in found(*checks)] == ["a"]


def test_an_error_of_the_system_is_a_failure_too() -> None:
    assert found(Check("a", missing)) == [("a", "failed", "/none: No such file or directory")]


def test_where_a_disk_is_full_the_hint_is_to_make_room() -> None:
    def full(_: str) -> str:
        raise OSError(errno.ENOSPC, "No space left on device", "/x")

    hints = [one.hint for one in examine([Check("a", full), Check("b", missing)], "x")]
    assert hints == ["make room there", "see that it is there, and that this user may read it"]
