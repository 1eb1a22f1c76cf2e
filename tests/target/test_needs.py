"""What a server lacks is told before anything is written, all of it at once."""

from __future__ import annotations

import pytest

from backuptool.contents import ServerFacts
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import SourceError
from backuptool.shells.local import Local
from backuptool.sources.facts import server_facts
from backuptool.sources.server import Server
from backuptool.target import refuse_unless_fit


@pytest.fixture
def target(server: PostgreSQL) -> Server:
    return Server(Local(str(server.programs)), "broker", "postgres", str(server.socket))


@pytest.fixture
def facts(target: Server) -> ServerFacts:
    return server_facts(target)


def test_the_server_that_it_is_from_has_all(target: Server, facts: ServerFacts) -> None:
    refuse_unless_fit(target, facts)


def test_all_that_lacks_is_told_at_once(target: Server, facts: ServerFacts) -> None:
    needs = facts.model_copy(
        update={
            "server_version_num": 990001,
            "extensions": {"plpgsql": "1.0", "postgis": "3.4", "a_b": "1"},
            "collation": "xx_YY.UTF-8",
            "collations": ("xx_ZZ", "C"),
            "locales": ("yy_YY",),
            "tablespaces": ("fast", "pg_default"),
        }
    )
    with pytest.raises(SourceError) as refused:
        refuse_unless_fit(target, needs)
    assert refused.value.message.startswith(
        "this server cannot take the database: it needs PostgreSQL 99 or newer (this is 18."
    )
    assert "; the extensions a_b, postgis; the operating system's locale xx_YY.UTF-8" in refused.value.message
    assert refused.value.message.endswith(
        "; the operating system's locale yy_YY; the collation xx_ZZ; the tablespace fast"
    )
    assert "nothing was written" in refused.value.hint


def test_another_version_of_an_extension_is_said_and_no_obstacle(
    target: Server, facts: ServerFacts, caplog: pytest.LogCaptureFixture
) -> None:
    refuse_unless_fit(target, facts.model_copy(update={"extensions": {"plpgsql": "0.9"}}))
    assert "the extension plpgsql was 0.9, and will be 1.0 here" in caplog.text


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", "C.utf8"])
def test_a_locale_that_is_spelt_in_another_way_is_known(target: Server, facts: ServerFacts, locale: str) -> None:
    refuse_unless_fit(target, facts.model_copy(update={"collation": locale, "ctype": locale}))


def test_a_locale_of_another_encoding_than_the_maintenance_database_is_known(
    server: PostgreSQL, target: Server, facts: ServerFacts
) -> None:
    """As de_DE.iso88591 is on a server whose own databases are UTF-8."""
    server.psql("create database latin1 template template0 encoding 'LATIN1' locale 'C'")
    needs = facts.model_copy(update={"collation": "C.UTF-8", "ctype": "C.UTF-8", "locales": ("xx_YY.UTF-8",)})
    with pytest.raises(SourceError) as refused:
        refuse_unless_fit(target.on("latin1"), needs)
    assert refused.value.message.endswith(" it needs the operating system's locale xx_YY.UTF-8")
    server.psql("drop database latin1")
