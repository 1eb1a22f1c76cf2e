"""An engine may lose the end of what a program prints, and say 0 (moby#49655): no answer is taken for a shorter one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backuptool.contents import Scan
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import SourceError
from backuptool.shells.local import Local
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.properties import LISTED, RESTORE
from backuptool.sources.script import LIST, Script
from backuptool.sources.server import Server

LOSING = 'lost=$1; shift; "$@" | head -c "-$lost"'


@dataclass
class Losing:
    """A shell where a command that has these `words` in it loses the last bytes of what it prints."""

    path: str
    words: tuple[str, ...]
    lost: int

    def command(self, *argv: str) -> Any:
        losing = ("sh", "-c", LOSING, "sh", str(self.lost)) if {*self.words} <= {*argv} else ()
        return Local(self.path).command(*losing, *argv)


def source(server: PostgreSQL, lost: int, *words: str) -> PgDump:
    shell = Losing(str(server.programs), words, lost)
    return PgDump(Server(shell, "broker", user="postgres", host=str(server.socket)))


def all_of(made: PgDump) -> None:
    made.prepare()
    for part in (made.roles, made.database):
        assert b"".join(part())
    made.facts()


def test_what_comes_whole_is_taken(server: PostgreSQL) -> None:
    all_of(source(server, 1, "no such command"))


@pytest.mark.parametrize("lost", [20, 70, 300])
@pytest.mark.parametrize("words", [("pg_dumpall",), ("pg_dump", "-Fc"), (LISTED,), (RESTORE,), ("psql",)])
def test_what_lacks_its_end_is_refused(server: PostgreSQL, words: tuple[str, ...], lost: int) -> None:
    with pytest.raises(SourceError):
        all_of(source(server, lost, *words))


@dataclass
class Container:
    """One that says of itself what it has in its environment, without the last byte."""

    variables: dict[str, str]

    def command(self, *argv: str) -> Any:
        given = (f"{name}={value}" for name, value in self.variables.items())
        return Local().command("env", *given, "sh", "-c", LOSING, "sh", "1", *argv)


def test_no_other_database_is_taken_for_the_one_that_is_meant() -> None:
    with pytest.raises(SourceError, match="cut short"):
        Server(Container({"POSTGRES_DB": "a", "POSTGRES_USER": "b"}), "").with_container_defaults()


def test_no_older_dump_is_taken_for_the_one_that_a_script_has_made(tmp_path: Path) -> None:
    """And none is removed with what a script that failed left, because it was not listed before."""
    (tmp_path / "yesterday.sql").write_text("--")
    shell = Losing(os.defpath, (LIST,), 1)
    with pytest.raises(SourceError, match="cut short"):
        list(Script(PgDump(Server(shell, "broker")), ("false",), str(tmp_path)).dump(Scan()))
    assert (tmp_path / "yesterday.sql").exists()
