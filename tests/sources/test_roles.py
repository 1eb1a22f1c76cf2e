"""The roles in a bundle, given to psql: those that are there stay as they are, those that lack are made whole."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from backuptool.embedded.postgresql import PostgreSQL, postgresql
from backuptool.shells.local import Local
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.roles import guarded, passwords
from backuptool.sources.server import Server

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
PARAMETER = "GRANT SET ON PARAMETER work_mem TO broker;\n"
MADE = ("broker", "postgres", 'Odd "name"; x')


def test_every_statement_is_asked_for_its_role_and_a_grant_for_its_grantor() -> None:
    made = guarded(GLOBALS + PARAMETER)
    assert made.count("\\if :new_1\n") == 4
    assert made.count("\\if :new_2\n") == 3
    assert made.count("\\if :new_3\n") == 3
    grant = 'GRANT broker TO "Odd ""name""; x" WITH INHERIT TRUE'
    assert f"\\if :may_grant\n{grant} GRANTED BY postgres;\n\\else\n{grant};\n\\endif\n" in made
    assert PARAMETER in made


def test_what_is_about_nobody_that_is_known_is_left_out_and_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert "TABLESPACE" not in guarded(GLOBALS + "CREATE TABLESPACE t LOCATION '/x';\n")
    assert "CREATE TABLESPACE" in caplog.text


@pytest.fixture
def roles(server: PostgreSQL) -> Iterator[Server]:
    yield Server(Local(str(server.programs)), "postgres", server.user, str(server.socket))
    server.psql('DROP ROLE IF EXISTS made, "Odd ""name""; x", there; DROP ROLE IF EXISTS there')


ABOUT = """
    select jsonb_object_agg(rolname, to_jsonb(x)) from (
        select rolname, rolpassword, rolcanlogin, rolconnlimit, shobj_description(a.oid, 'pg_authid') as comment,
               (select setconfig from pg_db_role_setting where setrole = a.oid and setdatabase = 0) as settings,
               array(select roleid::regrole::text || admin_option from pg_auth_members where member = a.oid) as groups
        from pg_authid a where rolname in ('made', 'there', 'Odd "name"; x')) x
"""


def test_roles_that_lack_are_made_whole_and_those_that_are_there_are_not_touched(
    server: PostgreSQL, roles: Server
) -> None:
    server.psql(
        """
        CREATE ROLE there LOGIN PASSWORD 'of the source';
        CREATE ROLE made LOGIN PASSWORD 'kept' CONNECTION LIMIT 5;
        CREATE ROLE "Odd ""name""; x";
        ALTER ROLE made SET search_path TO a, b;
        COMMENT ON ROLE "Odd ""name""; x" IS 'two
CREATE ROLE lines;';
        GRANT there TO made;
        GRANT made TO "Odd ""name""; x" WITH ADMIN OPTION;
        """
    )
    source = PgDump(roles)
    source.prepare()
    sql = b"".join(source.roles())
    before = json.loads(server.psql(ABOUT))
    server.psql('DROP ROLE made, "Odd ""name""; x"; ALTER ROLE there PASSWORD NULL NOLOGIN')
    there = json.loads(server.psql(ABOUT))["there"]
    assert there != before["there"]
    for _ in range(2):  # the second time there is nothing to do
        roles.execute([sql], "-1")
        assert json.loads(server.psql(ABOUT)) == {**before, "there": there}


MEMBERSHIPS = """
    select coalesce(jsonb_agg(jsonb_build_array(roleid::regrole, member::regrole, grantor::regrole, admin_option)
        order by roleid::regrole::text, member::regrole::text, grantor::regrole::text), '[]')
    from pg_auth_members where member >= 16384
"""
PARAMETERS = "select parname, paracl from pg_parameter_acl"


@pytest.fixture(scope="module")
def chain(server: PostgreSQL) -> Iterator[str]:
    """The roles of a server on which roles granted on what they were granted themselves."""
    server.psql(
        """
        CREATE ROLE granted; CREATE ROLE granting; CREATE ROLE "grant's ""end""; x";
        GRANT granted TO granting WITH ADMIN OPTION;
        GRANT SET ON PARAMETER work_mem TO granting WITH GRANT OPTION;
        SET ROLE granting;
        GRANT granted TO "grant's ""end""; x";
        GRANT SET ON PARAMETER work_mem TO "grant's ""end""; x";
        """
    )
    source = PgDump(Server(Local(str(server.programs)), "postgres", server.user, str(server.socket)))
    source.prepare()
    yield b"".join(source.roles()).decode()
    end = '"grant\'s ""end""; x"'
    server.psql(f"DROP OWNED BY granting, {end} CASCADE; DROP ROLE granted, granting, {end}")


def test_who_granted_a_role_or_a_parameter_is_kept(server: PostgreSQL, chain: str) -> None:
    memberships, parameters = server.psql(MEMBERSHIPS), server.psql(PARAMETERS)
    assert '"granting", false' in memberships
    with postgresql() as other:
        target = Server(Local(str(other.programs)), "postgres", other.user, str(other.socket))
        for _ in range(2):
            target.execute([chain.encode()], "-1")
            assert (other.psql(MEMBERSHIPS), other.psql(PARAMETERS)) == (memberships, parameters)


def test_where_the_grantor_is_there_but_may_not_grant_whoever_restores_does(chain: str) -> None:
    with postgresql() as other:
        other.psql("CREATE ROLE granting")
        Server(Local(str(other.programs)), "postgres", other.user, str(other.socket)).execute([chain.encode()], "-1")
        assert ["granted", '"grant\'s ""end""; x"', "postgres", False] in json.loads(other.psql(MEMBERSHIPS))
        assert "=s/postgres" in other.psql(PARAMETERS)
        assert "granting" not in other.psql(PARAMETERS)


def test_a_grantor_who_needed_no_admin_option_before_16_hinders_nothing() -> None:
    before_16 = "CREATE ROLE a;\nCREATE ROLE b;\nCREATE ROLE c;\nGRANT a TO b GRANTED BY c;\n"
    with postgresql() as other:
        sql = guarded(before_16).encode()
        Server(Local(str(other.programs)), "postgres", other.user, str(other.socket)).execute([sql], "-1")
        assert json.loads(other.psql(MEMBERSHIPS)) == [["a", "b", "postgres", False]]


def test_passwords_are_given_to_roles_that_are_there_when_asked_for() -> None:
    sql = guarded(
        "CREATE ROLE a;\nALTER ROLE a WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:x;''y' VALID UNTIL 'x';\n"
        'CREATE ROLE "B b";\nALTER ROLE "B b" WITH LOGIN PASSWORD \'md5x\';\n'
        "CREATE ROLE c;\nALTER ROLE c WITH NOLOGIN;\nCOMMENT ON ROLE c IS 'ALTER ROLE c WITH PASSWORD ''no''';\n"
    )
    assert list(passwords(sql)) == [
        "ALTER ROLE a PASSWORD 'SCRAM-SHA-256$4096:x;''y';\n",
        "ALTER ROLE \"B b\" PASSWORD 'md5x';\n",
    ]
