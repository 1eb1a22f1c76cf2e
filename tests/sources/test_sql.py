"""Statements are found, and names changed, without being fooled by literals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backuptool.sources.properties import CONNECT, _renamed
from backuptool.sources.sql import statements, tokens


@given(st.text(alphabet="aé'\"\\-;\n E$1:"))
def test_tokens_joined_are_the_text_again(sql: str) -> None:
    assert "".join(tokens(sql)) == sql


def test_a_semicolon_in_a_literal_ends_no_statement() -> None:
    sql = "SELECT ';', \"a;b\", E'\\';'; -- no; statement\nSET x = 1;\n"
    assert list(statements(sql)) == ["SELECT ';', \"a;b\", E'\\';';", "SET x = 1;"]


def test_the_databases_name_becomes_a_variable_and_nothing_else_does() -> None:
    sql = (
        "\\restrict abc\nSET client_encoding = 'LATIN1';\nSET standard_conforming_strings = on;\n"
        "CREATE DATABASE broker WITH TEMPLATE = template0;\n"
        "ALTER DATABASE broker OWNER TO broker;\n\\connect broker\n"
        "COMMENT ON DATABASE broker IS 'ALTER DATABASE broker\nDATABASE broker';\n"
        "ALTER ROLE broker IN DATABASE broker SET search_path TO 'broker';\nGRANT ALL ON DATABASE broker TO broker;\n"
    )
    assert _renamed(sql, "broker") == (
        "SET standard_conforming_strings = on;\n"
        f'CREATE DATABASE :"target_db" WITH TEMPLATE = template0;{CONNECT}'
        "SET client_encoding = 'LATIN1';\nSET standard_conforming_strings = on;\n"
        'ALTER DATABASE :"target_db" OWNER TO broker;\n'
        "COMMENT ON DATABASE :\"target_db\" IS 'ALTER DATABASE broker\nDATABASE broker';\n"
        "ALTER ROLE broker IN DATABASE :\"target_db\" SET search_path TO 'broker';\n"
        'GRANT ALL ON DATABASE :"target_db" TO broker;\n'
    )


def test_an_odd_database_name_is_found_quoted() -> None:
    assert _renamed('ALTER DATABASE "my ""db""" SET a TO 1;', 'my "db"') == 'ALTER DATABASE :"target_db" SET a TO 1;'
