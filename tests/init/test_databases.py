"""The database that the old procedure dumped is the plan's, or it is said that it is not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.init import config_text
from tests.init.test_from_sop import EXPORTED as WITH_OURS
from tests.init.test_from_sop import read, tables

EXPORTED = WITH_OURS.replace("exec /usr/local/bin/backuptool", "exec /bin/true")

COMPOSE = 'docker compose -f "$COMPOSE_FILE" exec -T'


@pytest.mark.parametrize(
    ("command", "database", "user"),
    [
        ("db pg_dump -U app shop | gzip > /srv/x.gz", "shop", "app"),
        ("db pg_dump -Uapp -d shop", "shop", "app"),
        ("db pg_dump --username=app --dbname=shop", "shop", "app"),
        ("db pg_dump --username app --dbname shop -Fc", "shop", "app"),
        ('db pg_dump -vFc -Z 9 -n public -f "/srv/$1" -dshop', "shop", ""),
        ("-e PGDATABASE=shop -e PGUSER=app db pg_dump", "shop", "app"),
        ("db env PGUSER=app pg_dump -h localhost shop", "shop", "app"),
        ("db sh -c 'PGPASSWORD=x pg_dump -U app shop | gzip'", "shop", "app"),
        ('db sh -c "pg_dump -U app $NAME"', "shop", "app"),
        ('db pg_dump -U app "$NAME"', "shop", "app"),
        ('db sh -c \'pg_dump -U "$POSTGRES_USER" "$POSTGRES_DB"\'', "", ""),
        ("db pg_dumpall -U app --globals-only\ndocker compose exec db pg_dump shop", "shop", ""),
        ("db pg_dump --version\ndocker compose exec db pg_dump shop", "shop", ""),
        ("db pg_dump shop -t a\ndocker compose exec db pg_dump shop -T a", "shop", ""),
        ("db backup", "", ""),
        ('db true\nif OUT="$(docker compose exec db pg_dump -U app shop | wc -c)"; then true; fi', "shop", "app"),
        ('db true\ndocker exec "$(docker compose ps -q db)" pg_dump -U app shop', "shop", "app"),
        ("db backup\necho pg_dump of nothing", "", ""),
    ],
)
def test_the_database_is_the_one_that_it_dumped(tmp_path: Path, command: str, database: str, user: str) -> None:
    found = read(tmp_path, f"{EXPORTED.replace('exec', f'NAME=shop; {COMPOSE} {command}{chr(10)}exec')}")
    assert (found.database, found.user, found.doubts) == (database, user, ())
    source = tables(found)["plans"]["broker-db-backup"]["source"]
    assert (source.get("database", ""), source.get("user", "")) == (database, user)


@pytest.mark.parametrize(
    ("command", "said", "database"),
    [
        (f"{COMPOSE} db pg_dumpall -U postgres", "line 7: pg_dumpall dumps every database", ""),
        (f'd=x\nfor d in a b; do {COMPOSE} db pg_dump "$d"; done', "line 8: which database pg_dump reads is not", ""),
        (f"{COMPOSE} db pg_dump $1", "which database pg_dump reads is not known", ""),
        (f"{COMPOSE} db sh -c 'pg_dump \"$APP_DB\"'", "which database pg_dump reads is not known", ""),
        (f"{COMPOSE} db pg_dump postgres://app@db/shop", "stands in a connection string", ""),
        (f"{COMPOSE} db pg_dump -d 'dbname=shop'", "stands in a connection string", ""),
        (f"{COMPOSE} db pg_dump -U app", "pg_dump gets no database", ""),
        (f"{COMPOSE} db sh -c 'pg_dump \"'", "the text with pg_dump is no shell script", ""),
        (f'{COMPOSE} db sh -c "pg_dump $1"', "what sh runs there is not known", ""),
        (f"{COMPOSE} db psql -l", "which database it dumps is not known", ""),
        (f"{COMPOSE} db pg_dump a\nN=$({COMPOSE} db pg_dump b)", "line 8: these dump different databases", ""),
        (f"{COMPOSE} db pg_dump a\n{COMPOSE} db pg_dump b", "line 8: these dump different databases", ""),
        (f"{COMPOSE} db backup\n{COMPOSE} db pg_dump b", "line 8: these dump different databases", ""),
        (f"{COMPOSE} db pg_dump shop -h other", "pg_dump asks another server", "shop"),
        (f"{COMPOSE} db pg_dump shop -U $1", "the user of pg_dump is not known", "shop"),
        (f"{COMPOSE} db pg_dump shop $1", "pg_dump gets a word that is not known", "shop"),
    ],
)
def test_what_is_not_known_of_the_database_is_said_with_its_line(
    tmp_path: Path, command: str, said: str, database: str
) -> None:
    found = read(tmp_path, EXPORTED.replace("exec /", f"{command}\nexec /"))
    assert found.database == database
    *_, doubt = found.doubts
    assert said in doubt
    assert all("is a guess" in other for other in found.doubts[:-1])
    assert database or 'database = "…", one plan per database' in doubt
    assert f"# To be checked: {doubt}\n" in config_text(found)
