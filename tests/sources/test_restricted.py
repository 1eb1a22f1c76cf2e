"""A dump that nobody vouches for cannot command psql: not here, and not a real one."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import SourceError, VerificationError
from backuptool.shells.local import Local
from backuptool.sources.restricted import knows_restrict, restricted
from backuptool.sources.server import Server
from tests.sources.test_completeness import NEW, OLD


def reached(server: PostgreSQL, path: str = "") -> Server:
    return Server(Local(path or str(server.programs)), "postgres", server.user, str(server.socket))


def expected(dump: bytes) -> bytes:
    return dump.replace(b"\\restrict Tok3n\n", b"").replace(b"\\unrestrict Tok3n\n\n", b"")


LONG = NEW[:80] + b"-- more\n" * 400 + NEW[80:]


@given(st.sampled_from([OLD, NEW, LONG]), st.integers(1, 3000))
def test_its_own_two_lines_are_left_out_and_nothing_else_however_it_is_cut(dump: bytes, step: int) -> None:
    chunks = [dump[start : start + step] for start in range(0, len(dump), step)]
    first, *rest = restricted(chunks)
    assert re.fullmatch(rb"\\restrict [0-9a-f]{32}\n", first)
    assert b"".join(rest) == expected(dump)


def test_the_token_is_another_each_time() -> None:
    assert next(restricted([OLD])) != next(restricted([OLD]))


@given(st.integers(1, 60))
def test_an_unrestrict_in_its_middle_is_refused_however_it_is_cut(step: int) -> None:
    """Long enough that it comes out in pieces."""
    dump = LONG.replace(b"-- more\n" * 9, b"\n\\unrestrict `id`\n", 1)
    with pytest.raises(VerificationError, match="unrestrict"):
        list(restricted([dump[start : start + step] for start in range(0, len(dump), step)]))


@given(st.integers(1, 60))
def test_an_unrestrict_at_the_very_beginning_is_refused(step: int) -> None:
    dump = b"\\unrestrict Tok3n\n" + OLD
    with pytest.raises(VerificationError, match="unrestrict"):
        list(restricted([dump[start : start + step] for start in range(0, len(dump), step)]))


@given(st.integers(1, 60))
def test_a_row_that_speaks_of_it_is_none(step: int) -> None:
    """COPY doubles the backslash."""
    dump = LONG.replace(b"-- more\n" * 9, b"\nuse \\\\unrestrict `x`\n", 1)
    _, *rest = restricted([dump[start : start + step] for start in range(0, len(dump), step)])
    assert b"".join(rest) == expected(dump)


COMMANDS = [
    "\\! touch {}", "\\set x `touch {}`", "SELECT 1 \\g |touch {}", "\\copy t from program 'touch {}'", "\\o |touch {}",
    "\\if `touch {}`\n\\endif", "\\unrestrict `touch {}`", "\\unrestrict Tok3n `touch {}`", "\\w |touch {}",
    "\\unrestrict Tok3n\n\\! touch {}", "SELECT 1; \\! touch {}", "/* */ \\! touch {}", "\\restrict `touch {}`",
    "\\unrestrict x`touch {}`", "\\gexec\n\\! touch {}", "\\s {}",
]  # fmt: skip
# Where psql is in no such mode, each of these makes the file.
WORK = [command for command in COMMANDS if "restrict" not in command and "\\s " not in command]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_in_it_reaches_psql(server: PostgreSQL, tmp_path: Path, command: str) -> None:
    tmp_path.chmod(0o777)
    dump = OLD.replace(b"COPY public.t (a) FROM stdin;\n1\n\\.\n", command.format(tmp_path / "made").encode() + b"\n")
    assert dump != OLD
    with pytest.raises((SourceError, VerificationError)):
        reached(server).execute(restricted([dump]), "-o", "/dev/null", "-1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", WORK)
def test_without_that_mode_it_would_have(server: PostgreSQL, tmp_path: Path, command: str) -> None:
    """The check above must be able to fail."""
    dump = OLD.replace(b"COPY public.t (a) FROM stdin;\n1\n\\.\n", command.format(tmp_path / "made").encode() + b"\n")
    with contextlib.suppress(SourceError):  # of a missing table, a closed pipe: the program ran all the same
        reached(server).execute([dump], "-o", "/dev/null")
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_psql_of_today_knows_the_mode_and_an_older_one_is_told(server: PostgreSQL, tmp_path: Path) -> None:
    assert knows_restrict(reached(server))
    old = tmp_path / "psql"
    old.write_text("#!/bin/sh\nprintf '%s\\n' 'invalid command \\restrict' >&2\nexit 1\n")  # as psql 15.13 says it
    old.chmod(0o755)
    assert not knows_restrict(reached(server, str(tmp_path)))


def test_a_server_that_is_not_reached_is_no_old_psql(server: PostgreSQL, tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        knows_restrict(Server(Local(str(server.programs)), "postgres", server.user, str(tmp_path)))
