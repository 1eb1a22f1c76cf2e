"""Queries of a plan that must be true in a copy: what is none is found before hours of loading."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from backuptool.assertions import refuse_what_is_no_query, unmet
from backuptool.bundle import Bundle
from backuptool.drill import drill
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import SourceError, UsageError
from backuptool.target import prepared
from backuptool.throwaway import Throwaway
from tests.test_comparison import source

QUERIES = [
    "select count(*) > 0 from public.not_there_yet",
    "select of_an_extension(a) <-> 'x' = 1 from t",
    "select true;",
    "select true -- why",
    "/* why; */ select $$;$$ = ';' ; \n",
    "with late as (delete from pg_catalog.pg_class where false returning 1) select count(*) = 0 from late",
    "values (true)",
    "(select true)",
]


@pytest.fixture
def empty(server: PostgreSQL) -> Throwaway:
    return Throwaway(prepared(source(server, "broker").server), "a server")


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_of_what_is_not_there_before_the_load_is_none_to_refuse(empty: Throwaway, sql: str) -> None:
    refuse_what_is_no_query(empty.server, [sql])


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("selec true", 'selec true: ERROR:  syntax error at or near "selec"'),
        ("select 1; drop table x", 'select 1; drop table x: ERROR:  syntax error at or near ";"'),
        ("drop table x", 'drop table x: ERROR:  syntax error at or near "drop"'),
        ("-- nothing", '-- nothing: ERROR:  syntax error at or near ")"'),
        ("select\n\t(true", 'select (true: ERROR:  syntax error at end of input'),
    ],
)  # fmt: skip
def test_what_is_no_query_is_refused_in_one_line(empty: Throwaway, sql: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        refuse_what_is_no_query(empty.server, ["select true", sql])
    assert refused.value.message == f"no query in drill.assert: {said}"
    assert refused.value.hint == "each is one query, whose answer is one true: select count(*) > 0 from submission"


def test_all_that_are_none_are_told_at_once(empty: Throwaway) -> None:
    with pytest.raises(UsageError, match=r'selec 1: .*; selec 2: ERROR:  syntax error at or near "selec"$'):
        refuse_what_is_no_query(empty.server, ["selec 1", "selec 2"])


def test_a_drill_refuses_it_before_anything_is_loaded(bundle: Bundle, empty: Throwaway) -> None:
    with pytest.raises(UsageError, match=r"no query in drill\.assert"):
        drill(bundle, empty, assertions=["selec true"])


def test_one_that_is_not_true_is_told_on_one_line(empty: Throwaway) -> None:
    told = list(unmet(empty.server, ["select\n  false", "select true", "select null", "select 1 / 0"]))
    assert told == [
        "the assertion is not true: select false",
        "the assertion is not true: select null (gave not one row with one true)",
        "the assertion failed: select 1 / 0: ERROR:  division by zero",
    ]


def test_one_that_is_not_answered_says_nothing_about_the_copy(empty: Throwaway) -> None:
    """Where memory is short, a server ends in the middle of a query: the copy is not another one for that."""
    with pytest.raises(SourceError, match="terminating connection due to administrator command"):
        list(unmet(empty.server, ["select pg_terminate_backend(pg_backend_pid())"]))


@pytest.fixture
def failing(server: PostgreSQL) -> Iterator[Callable[[str], str]]:
    """Makes a query that fails with this SQLSTATE."""
    made = "create function fails() returns bool language plpgsql as $$ begin raise 'no' using errcode = '{}'; end $$"

    def make(code: str) -> str:
        server.psql(made.format(code))
        return "select fails()"

    yield make
    server.psql("drop function fails()")


@pytest.mark.parametrize("code", ["53100", "53200", "57P02", "58030"])
def test_one_for_which_the_server_has_not_what_it_takes_says_nothing_about_the_copy(
    failing: Callable[[str], str], empty: Throwaway, code: str
) -> None:
    with pytest.raises(SourceError, match="ERROR:  no"):
        list(unmet(empty.server, [failing(code)]))


def test_one_that_takes_longer_than_its_statement_timeout_is_told(
    failing: Callable[[str], str], empty: Throwaway
) -> None:
    assert list(unmet(empty.server, [failing("57014")])) == ["the assertion failed: select fails(): ERROR:  no"]
