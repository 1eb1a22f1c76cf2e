"""Of what a program says on stderr the reason is shown; rows and queries that it quotes are not."""

from __future__ import annotations

import logging

import pytest

from backuptool.errors import CommandFailed
from backuptool.shells.complaint import absent, reason, showable, warnings
from backuptool.shells.local import Local
from backuptool.shells.stream import output

ENDED = """\
pg_dump: error: Dumping the contents of table "big" failed: PQgetResult() failed.
pg_dump: detail: Error message from server: FATAL:  terminating connection due to administrator command
server closed the connection unexpectedly
\tThis probably means the server terminated abnormally
pg_dump: detail: Command was: COPY public.big (n, secret) TO stdout;
"""
POLICY = """\
pg_dump: error: query failed: ERROR:  query would be affected by row-level security policy for table "t"
HINT:  To disable the policy for the table's owner, use ALTER TABLE NO FORCE ROW LEVEL SECURITY.
pg_dump: detail: Query was: COPY public.t (n) TO stdout;
"""
DOWN = """\
psql: error: connection to server on socket "/tmp/.s.PGSQL.5432" failed: No such file or directory
\tIs the server running locally and accepting connections on that socket?
"""
PASSWORD = """\
psql: error: connection to server at "db" (10.0.0.2), port 5432 failed: FATAL:  password authentication failed
password retrieved from file "/tmp/pgpass"
"""
CHECK = """\
psql:<stdin>:40: NOTICE:  a notice
psql:<stdin>:41: ERROR:  new row for relation "tt" violates check constraint "tt_check"
DETAIL:  Failing row contains (1, TOPSECRET
ERROR: TOPSECRET, two lines).
CONTEXT:  COPY tt, line 1: "1\tTOPSECRET-ROW"
"""
GERMAN = """\
psql:<stdin>:41: FEHLER:  neue Zeile für Relation »tt« verletzt Check-Constraint »tt_check«
DETAIL:  Fehlgeschlagene Zeile enthält (1, TOPSECRET).
ZUSAMMENHANG:  COPY tt, Zeile 1: »1 TOPSECRET«
"""
VERBOSE = """\
WARNING:  55000: "wal_level" is insufficient to publish logical changes
HINT:  Set "wal_level" to "logical" before creating subscriptions.
LOCATION:  CreatePublication, publicationcmds.c:969
ERROR:  23514: new row for relation "tt" violates check constraint "tt_check"
DETAIL:  Failing row contains (1, TOPSECRET
ERROR: TOPSECRET, two lines).
CONTEXT:  COPY tt, line 1: "1\tTOPSECRET-ROW"
LOCATION:  ExecConstraints, execMain.c:2041
"""
VERSION = """\
pg_dump: error: aborting because of server version mismatch
pg_dump: detail: server version: 18.0; pg_dump version: 15.9
"""
# docker-compose 1.29, of a file that v2 takes: the reason is in the middle.
COMPOSE_1 = """\
The Compose file '/srv/broker/docker-compose.yml' is invalid because:
'name' does not match any of the regexes: '^x-'

You might be seeing this error because you're using the wrong Compose file version. Either specify a supported version
For more on the Compose file format versions, see https://docs.docker.com/compose/compose-file/
"""
COMPOSE_1_TOLD = (
    "The Compose file '/srv/broker/docker-compose.yml' is invalid because:"
    " 'name' does not match any of the regexes: '^x-'"
)
ENDED_TOLD = (
    'pg_dump: error: Dumping the contents of table "big" failed: PQgetResult() failed:'
    " FATAL:  terminating connection due to administrator command"
)
VERSION_TOLD = (
    "pg_dump: error: aborting because of server version mismatch: server version: 18.0; pg_dump version: 15.9"
)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (ENDED, ENDED_TOLD),
        (POLICY, POLICY.splitlines()[0]),
        (DOWN, DOWN.splitlines()[0]),
        (PASSWORD, PASSWORD.splitlines()[0]),
        (CHECK, CHECK.splitlines()[1]),
        (GERMAN, GERMAN.splitlines()[0]),
        (VERBOSE, VERBOSE.splitlines()[3]),
        (VERSION, VERSION_TOLD),
        (COMPOSE_1, COMPOSE_1_TOLD),
        ("first\nlast\n", "last"),
        ("no row of mine\nDETAIL:  TOPSECRET\n", "no row of mine"),
        ("what happened\nHINT:  do this\n", "what happened"),
        ("Error: No such container: db\nsomething else\n", "Error: No such container: db"),
        ("\ttabbed\n\n", "tabbed"),
        ("DETAIL:  TOPSECRET", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_the_reason_is_told_in_one_line_without_rows(said: str, told: str) -> None:
    assert reason(said) == told


LINE = "ERROR:  x\nLINE 1: insert into t values ('TOPSECRET')\n     ^"


@pytest.mark.parametrize("said", [CHECK, GERMAN, VERBOSE, LINE])
def test_lines_that_quote_rows_are_never_shown(said: str) -> None:
    assert "TOPSECRET" in said
    shown = "\n".join(showable(said))
    assert "TOPSECRET" not in shown
    assert reason(said) in shown


def test_after_a_quotation_the_programs_next_message_is_shown_again() -> None:
    said = "pg_dump: warning: one\npg_dump: detail: TOPSECRET\nTOPSECRET\npg_dump: warning: two\n"
    assert list(showable(said)) == ["pg_dump: warning: one", "pg_dump: warning: two"]


def shouted(text: str, code: int) -> bytes:
    return output(Local().command("sh", "-c", 'printf %s "$1" >&2; exit "$2"', "sh", text, str(code)))


def test_an_error_keeps_all_for_decisions_and_shows_the_reason() -> None:
    with pytest.raises(CommandFailed) as caught:
        shouted(CHECK, 3)
    assert caught.value.message == CHECK.splitlines()[1]
    assert "TOPSECRET" in caught.value.stderr
    assert "TOPSECRET" not in str(caught.value)


def test_under_debug_each_command_and_what_it_says_is_logged_but_no_row(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "backuptool")
    with pytest.raises(CommandFailed):
        output(Local().command("sh", "-c", 'echo "$1" >&2; exit 3', "sh", "one\nDETAIL:  TOP" + "SECRET"))
    commands, said = caplog.messages[0], caplog.messages[1:]
    assert "sh -c 'echo \"$1\" >&2; exit 3' sh" in commands
    assert said == ["sh: one"]


def test_what_pg_dump_warns_of_is_a_warning_once_though_it_ended_well(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "backuptool")
    said = "pg_dump: warning: circular\npg_dump: detail: TOPSECRET\npg_dump: warning: circular\nother\n"
    assert shouted(said, 0) == b""
    assert caplog.messages == warnings(said) == ["pg_dump: warning: circular"]


@pytest.mark.parametrize("end", ["", "psql:<stdin>:2: ERROR:  the last\n"])
def test_of_more_than_64_kib_no_line_is_shown_whose_beginning_is_gone(end: str) -> None:
    script = (
        'echo "ERROR:  x"; echo "DETAIL:  (1,"; head -c 100000 /dev/zero | tr "\\0" T; echo; printf %s "$1"; exit 3'
    )
    with pytest.raises(CommandFailed) as caught:
        output(Local().command("sh", "-c", f"exec >&2; {script}", "sh", end))
    assert "TTT" in caught.value.stderr
    assert caught.value.message == (end.strip() or "sh ended with exit code 3")


@pytest.mark.parametrize(
    "told",
    [
        "sh: 1: gzip: not found",
        "/usr/local/bin/backup: line 3: gzip: command not found",
        "/usr/local/bin/backup: 3: gzip: not found",
        "sh: gzip: not found",
        "env: \u2018gzip\u2019: No such file or directory",
        "env: can't execute 'gzip': No such file or directory",
        'OCI runtime exec failed: exec failed: exec: "gzip": executable file not found in $PATH: unknown',
    ],
)
def test_the_program_that_is_missing_is_told_from_the_one_that_misses_it(told: str) -> None:
    assert absent(told) == "gzip"


@pytest.mark.parametrize("told", ["gzip: stdin: not in gzip format", "env: 'backup': Permission denied"])
def test_none_is_missing_where_none_is_said_to_be(told: str) -> None:
    assert absent(told) == ""


@pytest.mark.parametrize("argv", [("sh", "-c", "no-such-program -l"), ("env", "A=1", "no-such-program")])
def test_what_a_command_misses_is_said_with_what_to_do(argv: tuple[str, ...]) -> None:
    with pytest.raises(CommandFailed) as caught:
        output(Local().command(*argv))
    assert caught.value.message == "no-such-program: not found in this host"
    assert caught.value.hint.startswith("install it there, or set the shell's path")
