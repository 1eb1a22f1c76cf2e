"""What is told of a run that a signal ends: systemd waits for it, but not for long."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool import announced
from backuptool.config.told import HooksTable
from backuptool.errors import BackuptoolError, Interrupted
from tests.test_backup import planned


@pytest.mark.parametrize(
    ("error", "limit"), [(Interrupted(15), "0.5"), (BackuptoolError("no room", hint="make room"), "0.7")]
)
def test_the_hook_is_ended_soon_where_a_signal_ends_the_run_and_has_its_own_time_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: BaseException, limit: str
) -> None:
    monkeypatch.setattr(announced, "HURRY", 0.5)
    plan = planned(tmp_path)
    plan.hooks = HooksTable(failed=("sleep", "1000"), timeout=0.7)
    with pytest.raises(type(error)), announced.announced(plan, announced.Run()):
        raise error
    assert caplog.messages == [f"hooks.failed of broker: sleep was ended after {limit} s"]
