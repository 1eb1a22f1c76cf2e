"""Everything a run will need, looked at before it needs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from backuptool.config import Plan
from backuptool.doctor.check import Check, Doubt, Finding, Grade, examine
from backuptool.doctor.host import HOST, Host
from backuptool.doctor.plan import PLAN
from backuptool.doctor.shelf import Shelf
from backuptool.doctor.store import STORE
from backuptool.doctor.subject import Subject

__all__ = ["Check", "Doubt", "Finding", "Grade", "doctor", "examine"]


def doctor(config: Path | None, plans: Sequence[Plan], root: Path = Path("/")) -> Iterator[Finding]:
    """What is found about this host, each plan and each of its stores, as it is found.

    `config`: the file that the plans are from, None for the old procedure's variables. `root` stands for / where cron
    and systemd are looked for.
    """
    yield from examine(HOST, Host(config, plans, root))
    for plan in plans:
        subject = Subject(plan)
        yield from examine(PLAN, subject, plan.name)
        for table in plan.store_tables:
            yield from examine(STORE, Shelf(plan, table, subject.size), plan.name, table.label)
