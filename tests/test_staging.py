"""A run's folder goes with it; one that a killed run left goes with the next run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from backuptool.errors import BackuptoolError, Interrupted, Locked
from backuptool.lock import locked
from backuptool.staging import staging, taken_over
from tests.interrupting import interrupted, listening

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


def test_a_signal_at_any_place_leaves_no_folder(tmp_path: Path) -> None:
    def run() -> None:
        with staging(tmp_path) as folder:
            (folder / "part").write_bytes(b"x")

    place = 1
    with listening():
        while interrupted(run, place, ("backuptool/staging.py", "/tempfile.py", "/shutil.py")):
            assert list(tmp_path.iterdir()) == [], f"place {place}"
            place += 1
    assert place > 50


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_signal_at_any_place_while_a_folder_is_taken_over_leaves_it_or_nothing(tmp_path: Path) -> None:
    def run() -> None:
        with taken_over(folder) as mine:
            assert mine

    folder, place = tmp_path / "backuptool-run-left", 1
    before = _descriptors()
    with listening():
        while True:
            folder.mkdir(mode=0o700, exist_ok=True)
            (folder / "lock").touch()
            if not interrupted(run, place, ("backuptool/staging.py", "/shutil.py")):
                break
            assert _descriptors() <= before, f"place {place}"
            if folder.exists():
                assert (folder / "lock").exists(), f"place {place}"
            place += 1
    assert place > 20


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


ROUNDS = """
import sys
from pathlib import Path
from backuptool.staging import staging
for _ in range(500):
    with staging(Path(sys.argv[1])) as folder:
        (folder / "part").write_bytes(b"x")
        (folder / "more").mkdir()
"""


def test_runs_that_begin_and_end_at_the_same_time_do_not_meet(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", ROUNDS, str(tmp_path)]
    runs = [subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [run.communicate()[1] for run in runs] == [""] * 3
    assert [run.returncode for run in runs] == [0] * 3
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_its_lock_is_dead_and_stops_no_run(tmp_path: Path) -> None:
    (tmp_path / "backuptool-run-zzz" / "deep").mkdir(parents=True)
    (tmp_path / "backuptool-run-zzz" / "deep" / "part").touch()
    with staging(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_never_was_locked_is_removed_when_it_is_old(tmp_path: Path) -> None:
    for name, age in ((".backuptool-new-old", 2 * 3600), (".backuptool-new-young", 60)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    with staging(tmp_path):
        assert [path.name for path in tmp_path.glob(".*")] == [".backuptool-new-young"]


def test_what_only_looks_like_a_folder_of_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").touch()
    (tmp_path / "backuptool-run-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "backuptool-run-file").touch()
    with staging(tmp_path):
        pass
    assert len(list(tmp_path.iterdir())) == 3
    assert (tmp_path / "elsewhere" / "kept").exists()


AS_NOBODY = """
import os
from pathlib import Path
from backuptool.staging import staging
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
with staging(Path(".")):
    pass
"""


@pytest.mark.parametrize("hidden", ["", "lock"], ids=["the folder", "its lock"])
def test_another_users_folder_stops_no_run_and_is_left_alone(hidden: str) -> None:
    with tempfile.TemporaryDirectory() as name:  # not below pytest's own folder, which nobody else may enter
        place = Path(name)
        theirs = place / "backuptool-run-theirs"
        theirs.mkdir()
        (theirs / "lock").touch()
        place.chmod(0o1777)
        theirs.chmod(0o755)
        (theirs / hidden).chmod(0)  # not open to whoever is not root, as if it were another's
        argv = [sys.executable, "-c", AS_NOBODY]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=place)
        theirs.chmod(0o700)
        assert (done.returncode, done.stderr) == (0, "")
        assert list(place.iterdir()) == [theirs]


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
