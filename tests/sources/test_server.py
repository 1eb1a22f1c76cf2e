"""A server: what the container says of it when the configuration does not, and what its errors are told as."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backuptool.errors import CommandFailed, SourceError
from backuptool.shells.local import Local
from backuptool.sources.server import Server, explained, sqlstate


@dataclass
class Inside:
    """A shell whose programs have these variables, as those in a container have the container's."""

    variables: dict[str, str]

    def command(self, *argv: str) -> Any:
        return Local().command("env", *(f"{name}={value}" for name, value in self.variables.items()), *argv)


def found(database: str = "", user: str = "", **variables: str) -> tuple[str, str]:
    server = Server(Inside(variables), database, user).with_container_defaults()
    return server.database, server.user


def test_they_are_the_variables_of_the_official_image() -> None:
    assert found(POSTGRES_DB="broker", POSTGRES_USER="jo") == ("broker", "jo")
    assert found(POSTGRES_USER="jo") == ("jo", "jo")
    assert found() == ("postgres", "postgres")
    assert found("mine", "me", POSTGRES_DB="broker", POSTGRES_USER="jo") == ("mine", "me")
    assert found("mine", POSTGRES_DB="broker", POSTGRES_USER="jo") == ("mine", "jo")
    assert found(user="me", POSTGRES_DB="broker", POSTGRES_USER="jo") == ("broker", "me")


def test_the_database_that_the_image_named_after_its_user_is_not_that_of_the_user_who_dumps() -> None:
    assert found(user="me", POSTGRES_USER="jo") == ("jo", "me")
    assert found(user="me") == ("me", "me")


def test_they_are_read_from_the_files_that_variables_name(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("broker\n")
    (tmp_path / "user").write_text("jo")
    files = {"POSTGRES_DB_FILE": str(tmp_path / "db"), "POSTGRES_USER_FILE": str(tmp_path / "user")}
    assert found(**files) == ("broker", "jo")
    assert found(**files, POSTGRES_DB="first") == ("first", "jo")


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        found(POSTGRES_USER_FILE=str(tmp_path / "none"))


def test_a_refused_password_is_told_whole_and_no_word_of_it_is_taken_for_a_code() -> None:
    said = 'psql: error: connection to server at "db" failed: FATAL:  password authentication failed for user "x"'
    error = explained(CommandFailed(said, returncode=2, stderr=said))
    assert (error.message, sqlstate(error)) == (said, "")


def test_an_error_is_found_behind_what_psql_was_only_warned_of() -> None:
    """pg_dump begins and ends a transaction around large objects, and a load is in one already: each warns, with a code
    of errors."""
    warned = "psql: WARNING:  25001: there is already a transaction in progress"
    said = f"""{warned}
psql: ERROR:  53100: could not extend file: No space left on device
psql: WARNING:  25P01: there is no transaction in progress"""
    error = explained(CommandFailed(said, returncode=3, stderr=said))
    assert (error.message, sqlstate(error)) == ("psql: ERROR:  could not extend file: No space left on device", "53100")
    alone = explained(CommandFailed(warned, returncode=3, stderr=warned))
    assert sqlstate(alone) == "25001"


def test_rows_whose_others_were_left_out_are_explained_when_they_are_loaded() -> None:
    said = 'psql: ERROR:  23503: insert or update on table "b" violates foreign key constraint "b_a_fkey"'
    error = explained(CommandFailed(said, returncode=3, stderr=said), loading=True)
    assert error.hint.startswith("rows that these point to are not in the backup: left out by extra_args")
