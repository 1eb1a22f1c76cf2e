"""A plan, and what one of doctor's checks finds about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
