"""A bundle that a run had made when it was killed is stored by the plan's next backup, before that makes its own."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from backuptool.backup import Made, backup
from backuptool.bundle import Bundle, Keys
from backuptool.errors import StoreError
from backuptool.keys import new_keys
from backuptool.ledger import Entry, Ledger
from backuptool.passphrase import read_passphrase
from backuptool.staging import UNSTORED, staging
from backuptool.stores import Proof
from backuptool.stores.directory import DirectoryStore
from backuptool.unstored import Unstored, unstored
from tests.stores.memory import MemoryStore
from tests.test_backup import NOW, PlanOfBytes, Slow, planned

KILLED = """
import os, signal, sys
from pathlib import Path
from backuptool.backup import backup
from backuptool.stores.directory import DirectoryStore
from tests.test_backup import NOW
from tests.test_unstored import planned_here
put, end = DirectoryStore.put, sys.argv[2]
def killed(store, path, name, seconds):
    if end == "after":
        put(store, path, name)
    os.kill(os.getpid(), signal.SIGKILL)
DirectoryStore.put = killed
backup(planned_here(Path(sys.argv[1]), *sys.argv[3:]), NOW)
"""


def planned_here(folder: Path, keys: str = "", name: str = "broker") -> PlanOfBytes:
    """The plan of the tests, in `folder`; sealed for the recipient in its subfolder `keys`."""
    for part in ("state", "store"):
        (folder / part).mkdir(exist_ok=True)
    return planned(folder, name=name, keys=folder / keys if keys else None)


def killed(folder: Path, end: str = "before", *more: str) -> Path:
    """The folder that a run left which was killed `before` it stored its bundle, or `after`."""
    planned_here(folder, *more)
    argv = [sys.executable, "-c", KILLED, str(folder), end, *more]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    (left,) = (folder / "work").iterdir()
    return left


def next_one(folder: Path, *more: str) -> Made:
    return backup(planned_here(folder, *more), NOW + timedelta(hours=1))


def stored(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "store").iterdir())


def entries(folder: Path) -> list[Entry]:
    return Ledger(folder / "state").of("broker")


def bundle_in(left: Path) -> Path:
    (path,) = left.glob("*.tar")
    return path


def test_it_is_stored_and_the_next_backup_follows_it_in_the_chain(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    left = killed(tmp_path)
    name, content = bundle_in(left).name, bundle_in(left).read_bytes()
    with caplog.at_level(logging.INFO):
        made = next_one(tmp_path)
    assert stored(tmp_path) == [name, made.name]
    assert (tmp_path / "store" / name).read_bytes() == content
    first, second = entries(tmp_path)
    assert [(first.bundle, first.sequence), (second.bundle, second.sequence)] == [(name, 1), (made.name, 2)]
    with Bundle.open(tmp_path / "store" / made.name) as bundle:
        manifest = bundle.authenticate(Keys.of(read_passphrase(tmp_path / "passphrase.txt")))
        assert manifest.previous == first.sums
    assert f"storing {name}, which a killed run had made" in caplog.messages
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.needs("ssh-keygen")
def test_a_sealed_one_is_stored_by_a_host_that_cannot_open_it(tmp_path: Path) -> None:
    with new_keys(tmp_path / "keys", ("recipient", "signing")):
        pass
    name = bundle_in(killed(tmp_path, "before", "keys")).name
    assert stored(tmp_path) == []
    made = next_one(tmp_path, "keys")
    assert stored(tmp_path) == [name, made.name]


def test_what_is_in_the_store_already_is_not_sent_again(tmp_path: Path) -> None:
    name = bundle_in(killed(tmp_path, "after")).name
    before = (tmp_path / "store" / name).stat().st_ino
    made = next_one(tmp_path)
    assert stored(tmp_path) == [name, made.name]
    assert (tmp_path / "store" / name).stat().st_ino == before
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("member", [b"Z.sql.gz.enc", b"SHA256SUMS", b"SHA256SUMS.hmac", b"manifest.json"])
def test_what_a_power_cut_has_damaged_is_not_stored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, member: bytes
) -> None:
    path = bundle_in(killed(tmp_path))
    _flip_in(path, member)
    made = next_one(tmp_path)
    assert stored(tmp_path) == [made.name]
    assert any(path.name in line and "is not stored" in line for line in caplog.messages)
    assert list((tmp_path / "work").iterdir()) == []


def _flip_in(path: Path, suffix: bytes) -> None:
    """Flip a bit in the member whose name ends so."""
    with Bundle.open(path) as bundle:
        (start,) = (member.start for name, member in bundle.members.items() if name.encode().endswith(suffix))
    content = bytearray(path.read_bytes())
    content[start + 20] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"plan": 1}', b"\xff", b"[" * 100_000])
def test_a_damaged_note_about_it_stops_no_backup(tmp_path: Path, content: bytes) -> None:
    left = killed(tmp_path)
    (left / "unstored.json").write_bytes(content)
    made = next_one(tmp_path)
    assert stored(tmp_path) == [made.name]
    assert list((tmp_path / "work").iterdir()) == []


def test_a_store_that_does_not_take_it_costs_the_new_one_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bundle_in(killed(tmp_path)).name
    put: Callable[[DirectoryStore, Path, str], Proof] = DirectoryStore.put

    def refusing(store: DirectoryStore, path: Path, wanted: str, _seconds: float) -> Proof:
        if wanted == name:
            raise StoreError("full")
        return put(store, path, wanted)

    monkeypatch.setattr(DirectoryStore, "put", refusing)
    made = next_one(tmp_path)
    assert stored(tmp_path) == [made.name]
    assert not made.failed
    assert list((tmp_path / "work").iterdir()) == []


def test_a_run_that_only_reads_leaves_it_for_the_next_backup(tmp_path: Path) -> None:
    left = killed(tmp_path)
    with staging(tmp_path / "work"):
        assert bundle_in(left).exists()


def test_that_of_another_plan_is_left_for_that_plan(tmp_path: Path) -> None:
    left = killed(tmp_path)
    backup(planned_here(tmp_path, name="other"), NOW)
    assert bundle_in(left).exists()


def test_after_two_days_it_goes_as_what_other_runs_leave(tmp_path: Path) -> None:
    left = killed(tmp_path)
    os.utime(left / "unstored.json", (time.time() - 2 * 86400 - 60,) * 2)
    made = next_one(tmp_path)
    assert stored(tmp_path) == [made.name]
    assert not left.exists()


def test_that_of_a_run_which_is_alive_is_left_alone(tmp_path: Path) -> None:
    left = killed(tmp_path)
    with (left / "lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = next_one(tmp_path)
    assert stored(tmp_path) == [made.name]
    assert bundle_in(left).exists()


def test_a_disk_without_room_for_the_note_costs_no_backup(tmp_path: Path) -> None:
    Unstored("broker", "x.tar", 1, 1, "", "").keep(tmp_path / "full")
    assert list(tmp_path.iterdir()) == []


def test_what_another_user_may_have_put_there_is_not_stored(tmp_path: Path) -> None:
    killed(tmp_path).chmod(0o777)
    made = next_one(tmp_path)
    assert stored(tmp_path) == [made.name]


def test_without_a_kill_nothing_is_kept(tmp_path: Path) -> None:
    made = next_one(tmp_path)
    assert stored(tmp_path) == [made.name]
    assert list((tmp_path / "work").iterdir()) == []


def test_what_a_killed_run_left_takes_no_more_than_its_share_of_the_time_for_the_new_one(tmp_path: Path) -> None:
    killed(tmp_path)
    plan, slow = planned_here(tmp_path), Slow()
    plan.stores = [("slow", slow), ("quick", MemoryStore())]
    plan.time_limit = 1000
    backup(plan, NOW + timedelta(hours=1))
    left, new = slow.given
    assert left < 300 < new


def test_a_pipe_that_another_user_put_into_a_shared_work_dir_is_not_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "backuptool-run-theirs"
    folder.mkdir()
    folder.chmod(0o755)
    os.mkfifo(folder / UNSTORED)
    assert list(unstored(tmp_path, "broker")) == []
    assert folder.exists()
