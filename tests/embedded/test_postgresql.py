"""The embedded server: as nobody, from a folder of its own, gone with whoever started it."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import GUARD, PostgreSQL, postgresql
from backuptool.errors import BackuptoolError

HOLD = """
import sys
from backuptool.embedded.postgresql import postgresql
with postgresql() as server:
    print(server.socket, flush=True)
    sys.stdin.read()
"""


def owner_of(folder: Path) -> int:
    pid = (folder / "data" / "postmaster.pid").read_text().split()[0]
    return Path(f"/proc/{pid}").stat().st_uid


def runs(pid: int) -> bool:
    """Whether the process is there and no zombie that PID 1 has not taken away yet."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_it_runs_as_nobody_for_root_and_nobody_else_may_look(server: PostgreSQL) -> None:
    me = os.geteuid()
    assert owner_of(server.socket) == (pwd.getpwnam("nobody").pw_uid if me == 0 else me)
    assert server.socket.stat().st_mode & 0o777 == 0o700
    assert server.psql("show listen_addresses") == ""


def test_it_has_the_settings_that_it_is_given_whatever_characters_they_have() -> None:
    with postgresql(settings={"search_path": """"it's $HOME", public""", "max_locks_per_transaction": "70"}) as short:
        assert short.psql("show search_path") == """"it's $HOME", public"""
        assert short.psql("show max_locks_per_transaction") == "70"  # ours give way


def test_no_setting_opens_it_to_others_or_makes_it_another_cluster() -> None:
    """Whoever reaches it is its superuser: it asks for no password."""
    opening = {"Listen_Addresses": "127.0.0.1", "unix_socket_directories": "/", "data_directory": "/another"}
    with postgresql(settings=opening) as short:
        assert short.psql("show listen_addresses") == ""
        assert short.psql("show unix_socket_directories") == str(short.socket)
        assert short.psql("show data_directory") == str(short.socket / "data")


def test_why_it_does_not_start_is_said() -> None:
    with pytest.raises(BackuptoolError) as caught, postgresql(settings={"work_mem": "x"}):
        raise AssertionError("it started")
    assert caught.value.message.startswith("the embedded PostgreSQL does not start: ")
    assert caught.value.message.endswith('FATAL:  invalid value for parameter "work_mem": "x"')
    assert "settings" in caught.value.hint


def test_it_and_its_folder_are_gone_afterwards() -> None:
    with postgresql() as short:
        assert short.psql("select 1") == "1"
        pid = int((short.socket / "data" / "postmaster.pid").read_text().split()[0])
    assert not short.socket.exists()
    assert not runs(pid)


def test_when_the_tool_is_killed_it_is_gone_too() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as tool:
        assert tool.stdout is not None
        folder = Path(tool.stdout.readline().decode().strip())
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        tool.kill()
    deadline = time.monotonic() + 300  # of a machine that does other things too
    while folder.exists() or runs(pid):
        assert time.monotonic() < deadline


BUSY_RM = """#!/bin/sh
[ -e "$0.busy" ] || { : > "$0.busy"; exit 1; }
exec /bin/rm "$@"
"""


def test_a_folder_that_initdb_still_writes_into_when_the_tool_was_killed_goes_too(tmp_path: Path) -> None:
    """It goes on alone: what it makes while the folder is removed keeps that there, and rm says so."""
    folder, programs = tmp_path / "folder", tmp_path / "bin"
    (folder / "data").mkdir(parents=True)
    programs.mkdir()
    (programs / "rm").write_text(BUSY_RM)
    (programs / "rm").chmod(0o755)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}"}
    subprocess.run(["/bin/sh", "-c", GUARD, "guard", folder], stdin=subprocess.DEVNULL, env=environment, check=True)
    assert not folder.exists()


STARTED = """
from backuptool.embedded.postgresql import postgresql
from backuptool.errors import BackuptoolError
try:
    with postgresql():
        print("it runs")
except BackuptoolError as error:
    print(error.message)
    print(error.hint)
"""


def test_what_has_no_room_for_its_programs_is_told_in_one_short_line() -> None:
    """As root they are copied, 1,500 files, of which each said it."""
    words = ["sh", "-c", 'ulimit -f 1000; exec "$0" -c "$1"', sys.executable, STARTED]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    message, hint = done.stdout.splitlines()
    assert message.startswith("the embedded PostgreSQL does not start: "), done.stderr
    assert (len(message) < 300, "room in /tmp" in hint) == (True, True), message


def test_a_server_that_does_not_heed_a_shutdown_is_ended_all_the_same() -> None:
    """As PostgreSQL 18 does not when it is asked while it recovers from a full disk."""
    with postgresql() as server:
        deaf = int(server.psql("select pid from pg_stat_activity where backend_type = 'checkpointer'"))
        os.kill(deaf, signal.SIGSTOP)
    assert not server.socket.exists()
