"""When something is wrong: one clear line with a hint, the documented exit code, nothing lost, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from integration.conftest import DAV_USER, Host, MakeHost, Stack
from tests.cli.quick import QUICK


@pytest.fixture
def tool() -> list[str]:
    return [*QUICK]


def refused(host: Host, *words: str, code: int, said: str) -> None:
    """The run fails as documented, says `said` and a hint, no more than that, and stores nothing."""
    done = host.run(*(words or ("backup",)))
    lines = done.stderr.strip().splitlines()
    assert done.returncode == code, done.stderr
    assert said in lines[0]
    assert lines[-1].startswith("hint: ")
    assert "Traceback" not in done.stderr
    assert 'p"ä: \\w' not in done.stderr
    assert host.left() == []


def changed(host: Host, old: str, new: str) -> Host:
    text = host.config.read_text()
    assert old in text
    host.config.write_text(text.replace(old, new))
    return host


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ('type = "pg_dump"', 'type = "pg_dump"\ndatabase = "none"', 5, 'database "none" does not exist'),
        ('type = "pg_dump"', 'type = "pg_dump"\nuser = "nobody"', 5, 'role "nobody" does not exist'),
        ('service = "postgres"', 'service = "postgrse"', 5, "postgrse"),
        ('docker-compose.test.yml"', 'none.yml"', 5, "none.yml"),
        ('type = "pg_dump"', 'type = "script"\ncommand = ["no-backup"]', 5, "no-backup: not found"),
        ('type = "pg_dump"', 'type = "script"\ncommand = ["true"]', 5, "new there: none"),
        ('type = "pg_dump"', 'type = "pg_dump"\npaswd = 1', 2, "unknown key"),
        ("curl.conf", "none.conf", 2, "none.conf"),
        ("passphrase.txt", "none.txt", 2, "none.txt does not exist"),
    ],
    ids=["database", "user", "service", "compose file", "script", "no dump", "key", "curl config", "passphrase"],
)  # fmt: skip
def test_a_mistake_in_the_configuration_is_said(make_host: MakeHost, old: str, new: str, code: int, said: str) -> None:
    host = changed(make_host(), old, new)
    refused(host, code=code, said=said)


def test_a_wrong_password_of_the_store_is_said_before_anything_is_dumped(make_host: MakeHost) -> None:
    host = make_host()
    (host.folder / "curl.conf").write_text(f"user = {DAV_USER}:wrong\n")
    refused(host, code=6, said="user name or password")


@pytest.mark.parametrize(
    ("passfile", "said", "hint"),
    [
        ("", "no password supplied", "name a passfile"),
        (
            "/root/wrong.pgpass",
            'FATAL:  password authentication failed for user "broker"',
            "check `user`, and its password",
        ),
    ],
    ids=["none", "wrong"],
)
def test_a_password_of_the_database_that_lacks_or_is_wrong_is_said(
    make_host: MakeHost, stack: Stack, passfile: str, said: str, hint: str
) -> None:
    stack.inside("postgres", "sh", "-c", "umask 077; echo '*:*:*:*:wrong' > /root/wrong.pgpass")
    host = make_host(source=f'type = "pg_dump"\nhost = "postgres"\npassfile = "{passfile}"')
    done = host.run("backup")
    first, second = done.stderr.strip().splitlines()
    assert done.returncode == 5
    assert first.startswith("backuptool: psql: error: connection to server at ")
    assert first.endswith(said)
    assert second.startswith(f"hint: {hint}")


def test_a_failed_dump_inside_the_script_is_no_backup(make_host: MakeHost, stack: Stack) -> None:
    script = "echo '-- half a dump' | gzip > /backups/backup_bad.sql.gz"
    host = make_host(source=f'type = "script"\ncommand = ["sh", "-c", "{script}"]')
    refused(host, code=5, said="dump")
    assert b"backup_bad" not in stack.inside("postgres", "ls", "/backups")
    assert host.run("list").stdout.endswith(": no backups of broker\n")


def test_a_full_server_is_said_and_keeps_nothing_of_it(make_host: MakeHost, stack: Stack) -> None:
    host = make_host(server="full")
    refused(host, code=6, said="full")
    assert stack.stored("full") == []


def test_a_server_that_is_gone_is_said(make_host: MakeHost, stack: Stack) -> None:
    host = changed(make_host(), stack.url, "http://127.0.0.1:9/")
    changed(host, 'type = "webdav"', 'type = "webdav"\npatience = 0')
    refused(host, code=6, said="127.0.0.1")


def test_a_missing_parent_collection_is_said(make_host: MakeHost) -> None:
    host = make_host()
    refused(changed(host, host.location, f"{host.location}/a/b"), code=6, said="nor is the folder above it")


def test_a_url_without_its_slash_works(make_host: MakeHost) -> None:
    host = make_host(slash=False)
    host.ok("backup")
    assert len(host.stack.stored(host.location)) == 1


def test_a_restore_into_a_database_with_tables_is_refused(make_host: MakeHost, stack: Stack) -> None:
    host = make_host()
    host.ok("backup")
    before = stack.facts("broker")
    refused(host, "restore", code=2, said="a restore never writes into data")
    assert stack.facts("broker") == before


UNLOADABLE = """
CREATE TABLE helped (n int);
CREATE FUNCTION checked(int) RETURNS bool LANGUAGE sql AS 'SELECT exists (SELECT FROM helped) OR true';
CREATE TABLE loaded AS SELECT generate_series(1, 1000) AS n;
CREATE TABLE t (n int CHECK (checked(n)));
INSERT INTO t VALUES (1);
"""


def test_a_restore_that_fails_leaves_no_database(make_host: MakeHost, stack: Stack) -> None:
    host = changed(make_host(), 'type = "pg_dump"', 'type = "pg_dump"\ndatabase = "unloadable"')
    stack.psql("CREATE DATABASE unloadable", "postgres")
    stack.psql(UNLOADABLE, "unloadable")  # a dump has no search_path: the function does not find its table
    host.ok("backup")
    before = stack.psql("SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database", "postgres")
    done = host.run("-v", "restore", "--into", "never")
    assert "loading the data" in done.stderr, "it fails in the middle"
    assert done.returncode == 5
    assert 'relation "helped" does not exist' in done.stderr
    assert stack.psql("SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database", "postgres") == before
    assert "backuptool" not in before
    stack.psql("DROP DATABASE unloadable", "postgres")


def test_a_renamed_bundle_is_refused(make_host: MakeHost, stack: Stack) -> None:
    host = make_host()
    host.ok("backup")
    (name,) = stack.stored(host.location)
    folder = f"/srv/dav/{host.location}"
    stack.inside("webdav", "mv", f"{folder}/{name}", f"{folder}/{name[:-22]}2030-01-01T000000Z.tar")
    refused(host, "verify", code=4, said="made under another name")
    refused(host, "restore", "--into", "never", code=4, said="made under another name")


def test_a_flipped_byte_in_the_store_is_refused(make_host: MakeHost, stack: Stack) -> None:
    host = make_host()
    host.ok("backup")
    (name,) = stack.stored(host.location)
    path = f"/srv/dav/{host.location}/{name}"
    stack.inside("webdav", "dd", f"of={path}", "bs=1", "seek=500000", "conv=notrunc", stdin=b"\x00\xff")
    refused(host, "verify", code=4, said="altered")


def programs(stack: Stack) -> list[bytes]:
    """What runs in the database's container; one may end between being found and being read."""
    return stack.inside("postgres", "sh", "-c", "cat /proc/[0-9]*/comm 2> /dev/null; true").split()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_killed_leaves_nothing_running_and_the_next_one_cleans_up(
    make_host: MakeHost, stack: Stack, number: int
) -> None:
    host = make_host()
    stack.psql("DROP DATABASE IF EXISTS locked", "postgres")
    stack.psql("CREATE DATABASE locked", "postgres")
    stack.psql("CREATE TABLE t AS SELECT 1", "locked")
    changed(host, 'type = "pg_dump"', 'type = "pg_dump"\ndatabase = "locked"')
    with stack.locked("t", "locked"):
        with subprocess.Popen([*host.tool, "--config", str(host.config), "backup"], stderr=subprocess.PIPE) as tool:
            wait_until(lambda: waiting(stack) == 1)
            assert b"pg_dump" in programs(stack)
            tool.send_signal(number)
            code = tool.wait()
        wait_until(lambda: dumping(stack) == 0)
        assert code == (-9 if number == signal.SIGKILL else 128 + number)
    wait_until(lambda: b"pg_dump" not in programs(stack))
    assert len(host.left()) == (1 if number == signal.SIGKILL else 0), host.left()
    assert stack.stored(host.location) == []
    done = host.run("backup")
    assert done.returncode == 0, done.stderr
    assert host.left() == []
    stack.psql("DROP DATABASE locked", "postgres")


def dumping(stack: Stack, more: str = "") -> int:
    """How many pg_dump sessions there are."""
    dumps = f"select count(*) from pg_stat_activity where application_name = 'pg_dump'{more}"  # noqa: S608
    return int(stack.psql(dumps, "postgres"))


def waiting(stack: Stack) -> int:
    """How many of them wait for a lock."""
    return dumping(stack, " and wait_event_type = 'Lock'")


def wait_until(condition: object) -> None:
    """Many times what it takes: a run begins on a machine that does other things too."""
    deadline = time.monotonic() + 300
    assert callable(condition)
    while not condition():
        assert time.monotonic() < deadline


def test_a_second_run_of_the_plan_is_refused(make_host: MakeHost, stack: Stack) -> None:
    host = make_host(source='type = "script"\ncommand = ["sh", "-c", "exec sleep 600"]')
    with subprocess.Popen([*host.tool, "--config", str(host.config), "backup"], stderr=subprocess.PIPE) as first:
        wait_until(lambda: b"sleep 600" in stack.inside("postgres", "sh", "-c", "cat /proc/*/cmdline | tr '\\0' ' '"))
        done = host.run("backup")
        assert (done.returncode, "is under way" in done.stderr) == (11, True)
        first.terminate()
        assert first.wait() == 128 + signal.SIGTERM
    assert b"sleep 600" not in stack.inside("postgres", "sh", "-c", "cat /proc/[0-9]*/cmdline 2>&1 | tr '\\0' ' '")


def test_a_full_disk_under_the_bundle_is_said(make_host: MakeHost, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], check=True)
    try:
        host = make_host()
        host.config.write_text(f'work_dir = "{small}"\n{host.config.read_text()}')
        refused(host, code=1, said="No space left on device")
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)


def test_no_secret_is_in_any_argument_list_or_environment(make_host: MakeHost, stack: Stack) -> None:
    host = make_host(source='type = "script"\ncommand = ["sh", "-c", "exec sleep 600"]')
    secrets_of_ours = [host.passphrase_file.read_bytes().strip(), 'p"ä: \\w'.encode()]
    with subprocess.Popen([*host.tool, "--config", str(host.config), "backup"], stderr=subprocess.PIPE) as tool:
        wait_until(lambda: b"sleep 600" in stack.inside("postgres", "sh", "-c", "cat /proc/*/cmdline | tr '\\0' ' '"))
        # The tool, docker exec, the guard, sleep in the container; between two programs a process shows nothing.
        wait_until(lambda: len(ours(host)) >= 4)
        for process in ours(host):
            for name in ("cmdline", "environ"):
                content = readable(process / name)
                assert not any(secret in content for secret in secrets_of_ours), process
        tool.terminate()


def ours(host: Host) -> list[Path]:
    """The tool, and what it started here and in the container (their environment is marked)."""
    return [process for process in Path("/proc").glob("[0-9]*") if is_ours(process, str(host.config).encode())]


def is_ours(process: Path, config: bytes) -> bool:
    argv, environment = readable(process / "cmdline"), readable(process / "environ")
    return config in argv or b"BACKUPTOOL_EXEC=" in argv + environment


def readable(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended meanwhile
        return b""


def test_under_a_terminal_of_80_columns_no_line_is_longer(make_host: MakeHost) -> None:
    host = make_host()
    command = " ".join([*host.tool, "--config", str(host.config)])
    for words in ("--help", "backup --help", "backup -v", "list", "verify"):
        done = subprocess.run(
            ["script", "-qec", f"stty cols 80; {command} {words}", "/dev/null"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "80"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
