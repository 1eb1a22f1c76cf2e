"""What is loaded again when the server has no room for it in one transaction, or through an older psql."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, Keys
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import CommandFailed, SourceError, VerificationError
from backuptool.restore import _load, load, restore
from backuptool.shells.local import Local
from backuptool.sources.server import Server, sqlstate
from backuptool.target import new_database, prepared
from tests.bundle.sample import PASSPHRASE, STEM
from tests.cli.test_old import OLD_PSQL
from tests.drill.conftest import backed_up
from tests.test_comparison import source

# Fails as a server without locks does, but only within a transaction of several statements: its now() is that of the
# first one. The servers of the tests have more locks (1024 for each connection) than a test has time to take.
TOO_MUCH = b"""
select lo_create(100001);
do $$ begin if now() <> statement_timestamp() then raise 'out of shared memory' using errcode = '53200'; end if; end $$;
select lo_create(100002);
"""


def test_what_is_too_much_for_one_transaction_is_loaded_in_many(
    server: PostgreSQL, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    target = prepared(Server(Local(str(server.programs)), "broker", "postgres", str(server.socket)))
    with new_database(target, "many") as new:
        _load(target, new, lambda: target.query(f'create database "{new}"'), lambda: iter([TOO_MUCH]))
    assert caplog.text.count("loading again") == 1
    assert server.psql("select count(*) from pg_largeobject_metadata", "many") == "2"
    server.psql("drop database many")


def test_an_error_keeps_all_that_was_said_and_its_code(server: PostgreSQL) -> None:
    target = prepared(Server(Local(str(server.programs)), "broker", "postgres", str(server.socket)))
    sql = "do $$ begin raise warning 'first'; raise 'no: %', 1 using errcode = '53200', hint = 'last'; end $$"
    with pytest.raises(CommandFailed) as failed:
        target.query(sql)
    assert (failed.value.message, sqlstate(failed.value)) == ("ERROR:  no: 1", "53200")
    assert "first" in failed.value.stderr
    assert "HINT:  last" in failed.value.stderr


@pytest.fixture
def dumped(server: PostgreSQL, tmp_path: Path) -> Iterator[Bundle]:
    """Of a database `dumped`, with one row in the table t."""
    server.psql("create database dumped")
    server.psql("create table t as select 42 as answer", "dumped")
    with Bundle.open(backed_up(source(server, "dumped"), tmp_path, STEM)) as bundle:
        bundle.authenticate(Keys.of(PASSPHRASE))
        yield bundle
    server.psql("drop database dumped")


def through(psql: str, server: PostgreSQL, folder: Path) -> Server:
    """The `server` as it is reached with this script in the place of psql."""
    (folder / "pg_dump").symlink_to(server.programs / "pg_dump")
    (folder / "psql").write_text(psql.format(programs=server.programs))
    (folder / "psql").chmod(0o755)
    return replace(source(server, "dumped").server, shell=Local(str(folder)))


def test_a_bundle_is_loaded_through_a_psql_that_is_older_than_its_pg_dump(
    server: PostgreSQL, dumped: Bundle, tmp_path: Path
) -> None:
    """Since August 2025 pg_dump begins with a command that psql had not before."""
    assert restore(dumped, through(OLD_PSQL, server, tmp_path), "loaded") is not None
    assert server.psql("table t", "loaded") == "42"
    server.psql("drop database loaded")


def test_roles_that_the_server_lacked_are_named_when_they_are_made(
    server: PostgreSQL, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """They stay, with what they may do: also where the restore fails then. A throwaway server's are no news."""
    roles = [f"lacked_{number}" for number in range(7)]
    server.psql("create database dumped")
    server.psql("".join(f"create role {role} login password 'x';" for role in roles))
    made = source(server, "dumped")
    made.prepare()
    with Bundle.open(backed_up(made, tmp_path, STEM)) as bundle:
        bundle.authenticate(Keys.of(PASSPHRASE))
        restore(bundle, made.server, "loaded")
        assert "lacked_" not in caplog.text
        server.psql(f"drop database loaded; drop role {', '.join(roles)}")
        with caplog.at_level(logging.INFO):  # -v
            load(bundle, prepared(made.server), "loaded")
        assert ("lacked_" in caplog.text, "making roles that are missing" in caplog.text) == (False, True)
        server.psql(f"drop database loaded; drop role {', '.join(roles)}")
        restore(bundle, made.server, "loaded")
    assert (
        "made the roles lacked_0, lacked_1, lacked_2, lacked_3, lacked_4 and 2 more, which this server lacked, with the"
        " rights and passwords in the backup; whatever becomes of the database, what nobody needs here has to"
        " be dropped by hand: DROP ROLE"
    ) in caplog.text
    server.psql(f"drop database loaded; drop database dumped; drop role {', '.join(roles)}")


ONE_MORE = """#!/bin/sh
case " $* " in
*" -o /dev/null -1 "*) {{ cat; echo 'insert into public.t values (43);'; }} | exec {programs}/psql "$@" ;;
*) exec {programs}/psql "$@" ;;
esac
"""


@pytest.mark.parametrize("quick", [False, True])
def test_a_copy_that_is_not_the_original_is_dropped_and_the_way_to_have_it_is_told(
    server: PostgreSQL, dumped: Bundle, tmp_path: Path, quick: bool
) -> None:
    with pytest.raises(VerificationError, match=r"not what was dumped: public\.t: 2 rows, not 1") as caught:
        restore(dumped, through(ONE_MORE, server, tmp_path), "loaded", quick=quick)
    assert ("--quick" in caught.value.hint) is not quick
    assert server.psql("select count(*) from pg_database where datname = 'loaded'") == "0"


CANNOT_DUMP = """#!/bin/sh
echo '{said}' >&2
exit 1
"""


def where_pg_dump_says(said: str, server: PostgreSQL, folder: Path) -> Server:
    reached = through(ONE_MORE.replace("echo 'insert into public.t values (43);'", ":"), server, folder)
    (folder / "pg_dump").unlink()
    (folder / "pg_dump").write_text(CANNOT_DUMP.format(said=said))
    (folder / "pg_dump").chmod(0o755)
    return reached


@pytest.mark.parametrize(
    "said",
    [
        'pg_dump: error: connection to server on socket "/s" failed: FATAL:  the database system is in recovery mode',
        "pg_dump: error: query failed: server closed the connection unexpectedly",
        "pg_dump: error: query failed: WARNING:  terminating connection because of crash of another server process",
    ],
)
def test_a_copy_whose_server_went_down_before_it_was_compared_gets_no_name(
    server: PostgreSQL, dumped: Bundle, tmp_path: Path, said: str
) -> None:
    """What a server that crashes has lost is not known."""
    with pytest.raises(SourceError):
        restore(dumped, where_pg_dump_says(said, server, tmp_path), "loaded")
    assert server.psql("select count(*) from pg_database where datname = 'loaded'") == "0"


# What psql says when the server ends while it waits for an answer.
LOST = """#!/bin/sh
case " $* " in
*"select 0, count("*)
    echo 'server closed the connection unexpectedly' >&2
    echo '\tThis probably means the server terminated abnormally' >&2
    echo '\tbefore or while processing the request.' >&2
    echo 'connection to server was lost' >&2
    exit 2 ;;
esac
exec {programs}/psql "$@"
"""


def test_a_copy_whose_server_went_down_while_its_rows_were_counted_gets_no_name(
    server: PostgreSQL, dumped: Bundle, tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as failed:
        restore(dumped, through(LOST, server, tmp_path), "loaded", quick=True)
    assert "look into its log" in failed.value.hint
    assert server.psql("select count(*) from pg_database where datname = 'loaded'") == "0"


def test_a_copy_that_may_not_be_dumped_is_better_than_none(
    server: PostgreSQL, dumped: Bundle, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said = "pg_dump: error: query failed: ERROR:  permission denied for table t"
    assert restore(dumped, where_pg_dump_says(said, server, tmp_path), "loaded") is None
    assert "could not be compared with the backup: pg_dump: error: query failed" in caplog.text
    server.psql("drop database loaded")
