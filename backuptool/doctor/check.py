"""Checks one after another: each is a small function; one that fails stops those only that need it."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from backuptool.errors import BackuptoolError

Grade = Literal["ok", "warning", "failed", "skipped"]
T = TypeVar("T")
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})  # what a disk says that takes no more, a quota, ulimit -f


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and what to do about it; `plan` and `store` are empty where it is not about one."""

    check: str
    grade: Grade
    found: str
    hint: str = ""
    plan: str = ""
    store: str = ""


class Doubt(BackuptoolError):
    """It works so, and may be meant so: a warning."""


def _always(_: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Check(Generic[T]):
    """`look` says what it found, None where there is nothing to look at; raises Doubt, BackuptoolError.

    `needs`: the checks before it that must not have failed; `when`: whether it is about this subject at all.
    """

    name: str
    look: Callable[[T], str | None]
    needs: tuple[str, ...] = ()
    when: Callable[[T], bool] = _always


def examine(checks: Sequence[Check[T]], subject: T, plan: str = "", store: str = "") -> Iterator[Finding]:
    """What each of `checks` finds about `subject`, as it is found."""
    failed: dict[str, str] = {}  # the check → the one that it failed for
    for check in [one for one in checks if one.when(subject)]:
        reason = next((failed[need] for need in check.needs if need in failed), "")
        if reason:
            failed[check.name] = reason
            yield Finding(check.name, "skipped", f"not looked at, because `{reason}` failed", "", plan, store)
            continue
        grade, found, hint = _looked(check, subject)
        if grade == "failed":
            failed[check.name] = check.name
        if found:
            yield Finding(check.name, grade, found, hint, plan, store)


def _looked(check: Check[T], subject: T) -> tuple[Grade, str, str]:
    try:
        return "ok", check.look(subject) or "", ""
    except Doubt as doubt:
        return "warning", doubt.message, doubt.hint
    except BackuptoolError as error:
        return "failed", error.message, error.hint
    except OSError as error:
        return "failed", f"{error.filename or 'this host'}: {error.strerror or error}", _advice(error)


def _advice(error: OSError) -> str:
    return "make room there" if error.errno in FULL else "see that it is there, and that this user may read it"
