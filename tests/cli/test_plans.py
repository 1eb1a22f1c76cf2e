"""Several plans in one run: what one of them meets does not keep the next from being made."""

from __future__ import annotations

import argparse
import errno
import os
from pathlib import Path

from backuptool.cli.backup import _outcome
from backuptool.errors import BackuptoolError
from tests.test_backup import planned


def test_what_this_host_refuses_to_one_plan_is_that_plans_failure(tmp_path: Path) -> None:
    """Where nothing better is known about it, as with a table of files that is full for a moment."""
    (tmp_path / "state").mkdir()
    plan = planned(tmp_path)

    def refused() -> object:
        raise OSError(errno.ENFILE, os.strerror(errno.ENFILE))

    plan.open_stores = refused  # type: ignore[method-assign, assignment]  # no other way to fill the host's table
    outcome = _outcome(argparse.Namespace(), plan)
    assert outcome.run.made is None
    assert isinstance(outcome.error, BackuptoolError)
    assert outcome.error.message == "this host: Too many open files in system"
