"""The script's own file passes unchanged, only when it holds a whole dump; half a dump is never left."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backuptool.contents import Scan
from backuptool.errors import SourceError
from backuptool.shells.local import Local
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.script import Script, passed
from backuptool.sources.server import Server
from tests.sources.test_completeness import NEW, OLD


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_whole_compressed_dump_passes_unchanged(step: int) -> None:
    made = gzip.compress(OLD + b"")
    assert b"".join(passed(iter([made[i : i + step] for i in range(0, len(made), step)]), Scan())) == made


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b""), gzip.compress(NEW[:-40]), gzip.compress(OLD)[:-1], OLD, b"", gzip.compress(OLD) * 2],
    ids=["empty", "cut dump", "cut gzip", "plain", "nothing", "two members"],
)
def test_what_a_failed_pg_dump_leaves_behind_is_refused(content: bytes) -> None:
    with pytest.raises(SourceError):
        list(passed(iter([content]), Scan()))


HALF = "echo half > half.sql; exit 3"
REMOVALS = [False, True]
# The tool's own way of being interrupted, in a process of its own.
INTERRUPTED = """
import sys
from backuptool.contents import Scan
from backuptool.errors import Interrupted
from backuptool.interruption import listen
from tests.sources.test_script import script
listen()
try:
    list(script(sys.argv[1], "echo half > half.sql; echo > begun; exec sleep 600").dump(Scan()))
except Interrupted:
    sys.exit(9)
"""
TALKS = """
import sys
from backuptool.contents import Scan
from backuptool.errors import SourceError
from tests.memory import peak
from tests.sources.test_script import script
before = peak()
try:
    list(script(sys.argv[1], "head -c 200000000 /dev/zero; echo half > half.sql").dump(Scan()))
except SourceError:
    print(peak() - before)
"""


def script(folder: Path | str, text: str, *, remove_after: bool = False) -> Script:
    """A source whose script is `text`, run by a shell in the folder of its dumps."""
    argv = ("sh", "-c", f"cd {folder}; {text}")
    return Script(PgDump(Server(Local(), "broker")), argv, str(folder), remove_after)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("remove_after", REMOVALS)
def test_what_a_script_that_fails_leaves_is_removed_and_nothing_else(tmp_path: Path, remove_after: bool) -> None:
    for name in ("old.sql.gz", "notes.txt"):
        (tmp_path / name).write_text("kept")
    with pytest.raises(SourceError, match="exit code 3"):
        list(script(tmp_path, HALF, remove_after=remove_after).dump(Scan()))
    assert names(tmp_path) == ["notes.txt", "old.sql.gz"]


def test_the_hint_about_a_script_that_fails_can_be_pasted(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        list(script(tmp_path, "exit 3").dump(Scan()))
    assert caught.value.hint.endswith(f"sh -c 'cd {tmp_path}; exit 3'")


def test_a_script_that_is_there_and_cannot_be_started_is_not_only_said_to_be_missing(tmp_path: Path) -> None:
    """Without its execute bit; with the interpreter of another image."""
    source = Script(PgDump(Server(Local(), "broker")), (f"{tmp_path}/backup",), str(tmp_path))
    (tmp_path / "backup").write_text("#!/no/such/shell\n")
    with pytest.raises(SourceError, match="Permission denied"):
        list(source.dump(Scan()))
    (tmp_path / "backup").chmod(0o755)
    with pytest.raises(SourceError, match="not found") as caught:
        list(source.dump(Scan()))
    assert caught.value.hint.endswith("a script that is there lacks the program in its first line")


def test_a_file_that_was_there_before_is_not_removed_but_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "half.sql").write_text("yesterday's")
    with pytest.raises(SourceError):
        list(script(tmp_path, HALF).dump(Scan()))
    assert names(tmp_path) == ["half.sql"]
    assert "half.sql was changed by the script that failed" in caplog.text


def test_what_an_interrupted_script_leaves_is_removed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "begun")
    argv = [sys.executable, "-c", INTERRUPTED, str(tmp_path)]
    with subprocess.Popen(argv, cwd=Path(__file__).parents[2]) as tool:
        (tmp_path / "begun").read_text()
        assert (tmp_path / "half.sql").exists()
        tool.send_signal(signal.SIGTERM)
    assert tool.returncode == 9
    assert names(tmp_path) == ["begun"]


@pytest.mark.parametrize("text", ["chmod 600 *", "ln old.sql.gz kept && rm kept", "mv old.sql.gz x && mv x old.sql.gz"])
def test_an_old_dump_is_not_new_because_its_owner_mode_or_links_changed(tmp_path: Path, text: str) -> None:
    """As `chown -R … /backups` at a script's end does: with no dump made, yesterday's would be stored as today's."""
    (tmp_path / "old.sql.gz").write_bytes(gzip.compress(OLD))
    with pytest.raises(SourceError, match="new there: none"):
        list(script(tmp_path, text).dump(Scan()))


OLD_AGAIN = ["mv old.sql.gz old.1.sql.gz", "ln old.sql.gz again.sql.gz", "ln -sf old.sql.gz latest.sql.gz"]


@pytest.mark.parametrize("text", OLD_AGAIN)
def test_an_old_dump_is_not_new_under_another_name(tmp_path: Path, text: str) -> None:
    for name in ("old.sql.gz", "older.sql.gz"):
        (tmp_path / name).write_bytes(gzip.compress(OLD))
    (tmp_path / "latest.sql.gz").symlink_to("older.sql.gz")
    with pytest.raises(SourceError, match="new there: none"):
        list(script(tmp_path, text).dump(Scan()))


@pytest.mark.parametrize("text", OLD_AGAIN)
def test_an_old_dump_beside_the_new_one_may_get_another_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "old.sql.gz").write_bytes(gzip.compress(OLD))
    (tmp_path / "elsewhere").write_bytes(NEW)
    assert gzip.decompress(b"".join(script(tmp_path, f"{text}; cp elsewhere new.sql").dump(Scan()))) == NEW


def test_an_old_dump_that_a_script_renamed_is_kept_when_it_fails(tmp_path: Path) -> None:
    (tmp_path / "dump.sql").write_bytes(OLD)
    with pytest.raises(SourceError, match="exit code 3"):
        list(script(tmp_path, f"mv dump.sql dump.1.sql; {HALF}").dump(Scan()))
    assert (tmp_path / "dump.1.sql").read_bytes() == OLD
    assert names(tmp_path) == ["dump.1.sql"]


@pytest.mark.parametrize("remove_after", REMOVALS)
@pytest.mark.parametrize("link", ["ln -sf", "ln -f"], ids=["symbolic", "hard"])
def test_a_dump_and_a_link_to_it_are_one_dump(tmp_path: Path, link: str, *, remove_after: bool) -> None:
    """`latest.sql.gz`, as many scripts make it: the first time, and in place of yesterday's."""
    (tmp_path / "elsewhere").write_bytes(gzip.compress(NEW))
    left = ["elsewhere"]
    for day in ("mon.sql.gz", "tue.sql.gz"):
        source = script(tmp_path, f"cp elsewhere {day}; {link} {day} latest.sql.gz", remove_after=remove_after)
        assert gzip.decompress(b"".join(source.dump(Scan()))) == NEW
        left += [] if remove_after else [day]
        assert names(tmp_path) == sorted([*left, *([] if remove_after else ["latest.sql.gz"])])


@pytest.mark.parametrize("remove_after", REMOVALS)
def test_a_dump_that_is_broken_is_removed(tmp_path: Path, remove_after: bool) -> None:
    with pytest.raises(SourceError):
        list(script(tmp_path, "echo half | gzip > new.sql.gz", remove_after=remove_after).dump(Scan()))
    assert names(tmp_path) == []


@pytest.mark.parametrize("remove_after", REMOVALS)
def test_a_whole_dump_stays_unless_it_is_to_be_removed(tmp_path: Path, remove_after: bool) -> None:
    whole = tmp_path / "elsewhere"
    whole.write_bytes(NEW)
    source = script(tmp_path, "cp elsewhere new.sql", remove_after=remove_after)
    assert gzip.decompress(b"".join(source.dump(Scan()))) == NEW
    assert names(tmp_path) == ["elsewhere", *([] if remove_after else ["new.sql"])]


@pytest.mark.parametrize("remove_after", REMOVALS)
def test_a_dump_that_goes_into_a_database_of_its_own_choice_is_refused(tmp_path: Path, remove_after: bool) -> None:
    """By `pg_dump -C`. In no transaction, `--clean` would drop the live database first."""
    end = b"\n--\n-- PostgreSQL database dump complete"
    (tmp_path / "elsewhere").write_bytes(OLD.replace(end, b"\nCREATE DATABASE broker;\n\n\\connect broker\n" + end))
    source = script(tmp_path, "cp elsewhere new.sql", remove_after=remove_after)
    with pytest.raises(SourceError, match=r"the dump commands psql: \\connect broker") as refused:
        list(source.dump(Scan()))
    assert "-C" in refused.value.hint
    assert names(tmp_path) == ["elsewhere", *([] if remove_after else ["new.sql"])]


@pytest.mark.parametrize("remove_after", REMOVALS)
def test_a_dump_that_drops_what_no_new_database_has_is_refused(tmp_path: Path, remove_after: bool) -> None:
    """By `pg_dump --clean`: with ON_ERROR_STOP psql ends at the first."""
    (tmp_path / "elsewhere").write_bytes(dropping(b"DROP TABLE public.t;"))
    source = script(tmp_path, "cp elsewhere new.sql", remove_after=remove_after)
    with pytest.raises(SourceError, match=r"the dump drops what a new database does not have: DROP TABLE") as refused:
        list(source.dump(Scan()))
    assert "--if-exists" in refused.value.hint
    assert names(tmp_path) == ["elsewhere", *([] if remove_after else ["new.sql"])]


@pytest.mark.parametrize(
    "statement",
    [
        b"DROP TABLE IF EXISTS public.t;",
        b"DROP TEXT SEARCH CONFIGURATION IF EXISTS public.t;",
        b"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$\nDROP TABLE t;\n$$;",
    ],
    ids=["if exists", "of many words", "a function's"],
)
def test_a_dump_that_drops_nothing_that_must_be_there_is_taken(tmp_path: Path, statement: bytes) -> None:
    """By `pg_dump --clean --if-exists`."""
    (tmp_path / "elsewhere").write_bytes(dropping(statement))
    assert list(script(tmp_path, "cp elsewhere new.sql").dump(Scan()))


def dropping(statement: bytes) -> bytes:
    """A dump that begins with this."""
    begin = b"-- PostgreSQL database dump\n--\n\n"
    assert begin in OLD
    return OLD.replace(begin, begin + statement + b"\n\n")


@pytest.mark.parametrize("remove_after", REMOVALS)
def test_a_dump_whose_reader_stops_stays_unless_it_is_to_be_removed(tmp_path: Path, remove_after: bool) -> None:
    (tmp_path / "elsewhere").write_bytes(gzip.compress(OLD.replace(b"1\n", os.urandom(3 << 20).hex().encode() + b"\n")))
    chunks = script(tmp_path, "cp elsewhere new.sql.gz", remove_after=remove_after).dump(Scan())
    assert next(chunks)
    chunks.close()
    assert names(tmp_path) == ["elsewhere", *([] if remove_after else ["new.sql.gz"])]


def test_a_file_that_is_named_as_an_option_hinders_no_backup(tmp_path: Path) -> None:
    (tmp_path / "-x.sql").write_text("notes")
    (tmp_path / "elsewhere").write_bytes(NEW)
    for name in ("new.sql", "-new.sql"):
        source = script(tmp_path, f"cp -- elsewhere {name}", remove_after=True)
        assert gzip.decompress(b"".join(source.dump(Scan()))) == NEW
    assert names(tmp_path) == ["-x.sql", "elsewhere"]


def test_a_removal_that_fails_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rm = tmp_path / "rm"
    rm.write_text("#!/bin/sh\necho no >&2; exit 1\n")
    rm.chmod(0o755)
    source = script(tmp_path, HALF)
    source.properties.server = Server(Local(str(tmp_path)), "broker")
    with pytest.raises(SourceError, match="exit code 3"):
        list(source.dump(Scan()))
    assert "half.sql is left there, in plain text: no" in caplog.text


def test_where_what_a_script_left_cannot_be_seen_its_failure_is_told_and_the_rest_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "dumps"
    folder.mkdir()
    with pytest.raises(SourceError, match="exit code 3"):
        list(script(folder, f"mv {folder} {tmp_path}/away; exit 3").dump(Scan()))
    assert f"half a dump may be left in {folder}: " in caplog.text


@pytest.mark.parametrize("remove_after", REMOVALS)
def test_a_whole_dump_that_could_not_be_read_to_its_end_stays_unless_it_is_to_be_removed(
    tmp_path: Path, remove_after: bool
) -> None:
    """It is no broken one: a container that was stopped meanwhile says nothing about the file."""
    (tmp_path / "elsewhere").write_bytes(NEW)
    cat = tmp_path / "cat"
    cat.write_text('#!/bin/sh\nhead -c 40 "$2"; echo stopped >&2; exit 1\n')
    cat.chmod(0o755)
    source = script(tmp_path, "cp elsewhere new.sql", remove_after=remove_after)
    source.properties.server = Server(Local(str(tmp_path)), "broker")
    with pytest.raises(SourceError, match="stopped"):
        list(source.dump(Scan()))
    assert names(tmp_path) == ["cat", "elsewhere", *([] if remove_after else ["new.sql"])]


def test_what_the_script_prints_is_kept_nowhere(tmp_path: Path) -> None:
    """`set -x`, a progress bar, `pg_dump | tee`: what may be as large as the dump is not held in memory."""
    argv = [sys.executable, "-c", TALKS, str(tmp_path)]
    assert int(subprocess.run(argv, capture_output=True, check=True).stdout) < 64
