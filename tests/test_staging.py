"""A run's folder goes with it; one that a killed run left goes with the next run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backuptool.errors import BackuptoolError, Interrupted, Locked
from backuptool.lock import locked
from backuptool.staging import staging

HOLD = """
import sys
from pathlib import Path
from backuptool.staging import staging
with staging(Path(sys.argv[1])) as folder:
    (folder / "part").write_bytes(b"x")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, lambda: Interrupted(15)])
def test_the_folder_is_gone_however_the_run_ends(tmp_path: Path, error: type[BaseException]) -> None:
    def run() -> None:
        with staging(tmp_path) as folder:
            (folder / "part").write_bytes(b"x")
            assert folder.stat().st_mode & 0o777 == 0o700
            raise error()

    with pytest.raises(BaseException):  # noqa: B017, PT011 - any end at all
        run()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_runs_folder_is_removed_by_the_next_and_a_live_ones_is_not(tmp_path: Path) -> None:
    run = [sys.executable, "-c", HOLD, str(tmp_path)]
    with (
        subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as killed,
        subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as alive,
    ):
        assert killed.stdout is not None
        assert alive.stdout is not None
        dead_folder, live_folder = (Path(p.stdout.readline().decode().strip()) for p in (killed, alive) if p.stdout)
        killed.kill()
        killed.wait()
        assert dead_folder.exists()
        with staging(tmp_path):
            assert not dead_folder.exists()
            assert live_folder.exists()
        alive.communicate()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_hold_files_is_one_line_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BackuptoolError, match="cannot hold temporary files") as caught, staging(tmp_path / "file"):
        pass
    assert "work_dir" in caught.value.hint


def test_a_second_run_of_a_plan_is_refused_and_of_another_plan_is_not(tmp_path: Path) -> None:
    with locked(tmp_path, "broker"):
        with locked(tmp_path, "other"):
            pass
        with pytest.raises(Locked, match="broker") as caught, locked(tmp_path, "broker"):
            pass
    assert caught.value.exit_code == 11
    with locked(tmp_path, "broker"):
        pass
