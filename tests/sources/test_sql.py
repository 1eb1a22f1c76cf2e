"""Statements are found, and names changed, without being fooled by literals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backuptool.sources.properties import _renamed
from backuptool.sources.roles import missing_roles
from backuptool.sources.sql import statements, tokens


@given(st.text(alphabet="aé'\"\\-;\n E$1:"))
def test_tokens_joined_are_the_text_again(sql: str) -> None:
    assert "".join(tokens(sql)) == sql


def test_a_semicolon_in_a_literal_ends_no_statement() -> None:
    sql = "SELECT ';', \"a;b\", E'\\';'; -- no; statement\nSET x = 1;\n"
    assert list(statements(sql)) == ["SELECT ';', \"a;b\", E'\\';';", "SET x = 1;"]


def test_the_databases_name_becomes_a_variable_and_nothing_else_does() -> None:
    sql = (
        "\\restrict abc\nCREATE DATABASE broker WITH TEMPLATE = template0;\n\\connect broker\n"
        "COMMENT ON DATABASE broker IS 'ALTER DATABASE broker\nDATABASE broker';\n"
        "ALTER ROLE broker IN DATABASE broker SET search_path TO 'broker';\nGRANT ALL ON DATABASE broker TO broker;\n"
    )
    assert _renamed(sql, "broker") == (
        'CREATE DATABASE :"target_db" WITH TEMPLATE = template0;\n'
        "COMMENT ON DATABASE :\"target_db\" IS 'ALTER DATABASE broker\nDATABASE broker';\n"
        "ALTER ROLE broker IN DATABASE :\"target_db\" SET search_path TO 'broker';\n"
        'GRANT ALL ON DATABASE :"target_db" TO broker;\n'
    )


def test_an_odd_database_name_is_found_quoted() -> None:
    assert _renamed('ALTER DATABASE "my ""db""" SET a TO 1;', 'my "db"') == 'ALTER DATABASE :"target_db" SET a TO 1;'


GLOBALS = """\
SET default_transaction_read_only = off;
CREATE ROLE broker;
ALTER ROLE broker WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:x;y';
CREATE ROLE postgres;
ALTER ROLE postgres WITH SUPERUSER;
CREATE ROLE "Odd ""name""; x";
COMMENT ON ROLE "Odd ""name""; x" IS 'two
CREATE ROLE lines;';
ALTER ROLE broker SET search_path TO 'a', 'b';
GRANT broker TO "Odd ""name""; x" WITH INHERIT TRUE GRANTED BY postgres;
GRANT broker TO postgres GRANTED BY postgres;
"""


def test_roles_that_are_there_are_not_changed_and_those_that_lack_are_made_whole() -> None:
    made = missing_roles(GLOBALS, {"postgres"})
    assert "CREATE ROLE broker;" in made
    assert "PASSWORD 'SCRAM-SHA-256$4096:x;y';" in made
    assert "search_path" in made
    assert 'GRANT broker TO "Odd ""name""; x" WITH INHERIT TRUE;' in made
    assert "postgres" not in made


def test_nothing_is_done_to_roles_when_all_are_there() -> None:
    made = missing_roles(GLOBALS, {"postgres", "broker", 'Odd "name"; x'})
    assert made == "SET default_transaction_read_only = off;"
