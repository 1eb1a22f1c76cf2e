"""A backup of a database with what a drill compares, and a copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, Keys, Sealing, Stem, Writer, names
from backuptool.bundle.manifest import Chain
from backuptool.compression import compress
from backuptool.contents import Contents, Scan
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.encryption import SOP
from backuptool.restore import load
from backuptool.sources import Source
from backuptool.sources.pg_dump import PgDump
from backuptool.target import prepared
from tests.bundle.sample import PASSPHRASE, STEM
from tests.test_comparison import source

OWN = """
    create role drilled_user login connection limit 5 password 'of a user';
    alter database drilled set work_mem = '5MB';
    alter database drilled set app.password = 'old';
    grant create on database drilled to drilled_user;
"""
MADE = """
    create table item (id int primary key, note text check (note in ('a', 'b')));
    insert into item select i, 'a' from generate_series(1, 1000) i;
    create index on item (note);
    grant select on item to public;
    create materialized view seen as select count(*) from item;
    create sequence seq;
    select setval('seq', 41);
    select lo_from_bytea(4711, 'some bytes');
    create table parent (a int);
    create table child (b int) inherits (parent);
    alter table parent add c text;
    insert into child values (1, 2, 'x');
    create table varied (v varchar(9) default 'x' check (v in ('x', 'y')));
    create foreign data wrapper nothing;
    create server nowhere foreign data wrapper nothing;
    create foreign table abroad (v varchar(9) check (v in ('x', 'y'))) server nowhere;
"""


@pytest.fixture(scope="module")
def bundle_path(server: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A backup of the database `drilled`, which is there too."""
    server.psql("create database drilled")
    server.psql(MADE + OWN, "drilled")
    yield backed_up(source(server, "drilled"), tmp_path_factory.mktemp("bundle"), STEM)
    server.psql("drop database drilled")
    server.psql("drop role drilled_user")


def backed_up(dumped: Source, folder: Path, stem: Stem) -> Path:
    scan = Scan()
    with Writer(folder, stem, Sealing(PASSPHRASE, SOP), md5=False) as writer:  # PBKDF2 is 4 s of each drill
        writer.add(names.SQL, dumped.dump(scan))
        database, roles = b"".join(dumped.database()), b"".join(dumped.roles())
        writer.add(names.DATABASE, compress([database]))
        writer.add(names.GLOBALS, compress([roles]))
        plain = {"sql": scan.size, "database": len(database), "globals": len(roles)}
        facts = {"server": scan.needed.among(dumped.facts()), "dump": scan.result(), "plain": plain}
        writer.add(names.CONTENTS, compress([Contents.model_validate(facts).encode()]))
        writer.finish(Chain())
    return writer.path


@pytest.fixture
def bundle(bundle_path: Path) -> Iterator[Bundle]:
    with Bundle.open(bundle_path) as opened:
        opened.authenticate(Keys.of(PASSPHRASE))
        yield opened


@pytest.fixture
def copy(server: PostgreSQL, bundle: Bundle) -> Iterator[PgDump]:
    """The restored database."""
    target = prepared(source(server, "drilled").server)
    load(bundle, target, "drilled_copy")
    yield source(server, "drilled_copy")
    server.psql("drop database drilled_copy")
