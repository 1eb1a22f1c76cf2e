"""The database that the old procedure dumped is the plan's, or it is said that it is not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.init import config_text
from tests.init.sample import read_with, tables

COMPOSE = 'docker compose -f "$COMPOSE_FILE" exec -T'


@pytest.mark.parametrize(
    ("command", "database", "user"),
    [
        ("db pg_dump -U app shop | gzip > /srv/x.gz", "shop", "app"),
        ("db pg_dump -Uapp -d shop", "shop", "app"),
        ("db pg_dump --username=app --dbname=shop", "shop", "app"),
        ("db pg_dump --username app --dbname shop -Fp", "shop", "app"),
        ('db pg_dump -vFp -Z 9 -f "/srv/$1" -dshop', "shop", ""),
        ("-e PGDATABASE=shop -e PGUSER=app db pg_dump", "shop", "app"),
        ("db env PGUSER=app pg_dump -h localhost shop", "shop", "app"),
        ("db sh -c 'PGPASSWORD=x pg_dump -U app shop | gzip'", "shop", "app"),
        ('db sh -c "pg_dump -U app $NAME"', "shop", "app"),
        ('db pg_dump -U app "$NAME"', "shop", "app"),
        ('db sh -c \'pg_dump -U "$POSTGRES_USER" "$POSTGRES_DB"\'', "", ""),
        ("db pg_dumpall -U app --globals-only\ndocker compose exec db pg_dump shop", "shop", ""),
        ("db pg_dump --version\ndocker compose exec db pg_dump shop", "shop", ""),
        ("db backup", "", ""),
        ('db true\nif OUT="$(docker compose exec db pg_dump -U app shop | wc -c)"; then true; fi', "shop", "app"),
        ('db true\ndocker exec "$(docker compose ps -q db)" pg_dump -U app shop', "shop", "app"),
        ("db backup\necho pg_dump of nothing", "", ""),
        ("-e POSTGRES_DB=other db backup", "other", ""),
        ("-e POSTGRES_DB=other -e POSTGRES_USER=app -e POSTGRES_HOST=localhost db backup", "other", "app"),
        ("--env POSTGRES_DB=other db backup", "other", ""),
        ("--env=POSTGRES_DB=other db backup", "other", ""),
        ("-ePOSTGRES_DB=other db backup", "other", ""),
        ("-Te POSTGRES_DB=other db backup", "other", ""),
        ('-e "POSTGRES_DB=$NAME" db backup', "shop", ""),
        ("-e POSTGRES_DB=a -e POSTGRES_DB=other db backup", "other", ""),
        ("--env-file /srv/x -e POSTGRES_DB=other db pg_dump -U app -h localhost crm", "crm", "app"),
        ("db env POSTGRES_DB=other nice backup", "other", ""),
        ("db sh /usr/local/bin/backup", "", ""),
        ("db sh -c 'POSTGRES_DB=other backup && echo done'", "other", ""),
        ("db sh -ec 'export POSTGRES_DB=other; exec backup'", "other", ""),
        ("db sh -c 'export PGDATABASE=\"$POSTGRES_DB\"; backup'", "", ""),
        ('-e POSTGRES_DB=other db sh -c \'pg_dump -U "$POSTGRES_USER" "$POSTGRES_DB"\'', "other", ""),
        ('-e POSTGRES_USER=app db sh -c \'pg_dump -U "$POSTGRES_USER" "$POSTGRES_DB"\'', "", "app"),
        ("-e POSTGRES_USER=app db pg_dump shop", "shop", ""),
        ("db sh -c 'export POSTGRES_DB=other; pg_dump $POSTGRES_DB'", "other", ""),
        ("db sh -c 'POSTGRES_DB=a; POSTGRES_DB=other; pg_dump $POSTGRES_DB'", "other", ""),
        ("db sh -c 'D=$POSTGRES_DB; pg_dump \"${D}\" | gzip > /b/$D.gz'", "", ""),
        ("db sh -c 'pg_dump \"${POSTGRES_DB:?}\"'", "", ""),
        ("db sh -c 'export PGDATABASE=other; pg_dump -U app'", "other", "app"),
        ("db sh -c 'set -a; PGDATABASE=other; pg_dump -U app'", "other", "app"),
        ("db env PGDATABASE=other sh -c 'pg_dump -U app'", "other", "app"),
        ("db su postgres -c 'pg_dump other'", "other", ""),
        ("-e PGHOST=/run/postgresql db pg_dump shop", "shop", ""),
        ("-e PGHOST=db db pg_dump shop", "shop", ""),
        ("-e PGHOST=other db pg_dump -h localhost shop", "shop", ""),
        ("db pg_dump -h db shop", "shop", ""),
        ("db pg_dump -p 5432 shop", "shop", ""),
        ("db pg_dump shop\ncommand -v pg_dump; [ -x /usr/bin/pg_dump ] || log 'pg_dump is not there'", "shop", ""),
        ("db pg_dump shop\nbash /srv/notify; printf '%s' 'docker exec x pg_dump'", "shop", ""),
        ("db true\nf() { D=shop; docker compose exec db pg_dump $D; }; f; D=other", "shop", ""),
        ("db true\nf() { local D=shop; docker compose exec db pg_dump $D; }; f", "shop", ""),
        ("db true\nf() { docker compose exec db pg_dump $NAME; }; f; f", "shop", ""),
        ("db true\nf() { docker compose exec -e D db pg_dump $D; }; D=shop; export D; f; D=other", "shop", ""),
        ("db true\nmain() { export POSTGRES_DB=shop; docker compose exec db pg_dump shop; }; main", "shop", ""),
    ],
)
def test_the_database_is_the_one_that_it_dumped(tmp_path: Path, command: str, database: str, user: str) -> None:
    found = read_with(tmp_path, f"NAME=shop; {COMPOSE} {command}")
    assert (found.database, found.user, found.doubts) == (database, user, ())
    source = tables(found)["plans"]["broker-db-backup"]["source"]
    assert (source.get("database", ""), source.get("user", "")) == (database, user)


@pytest.mark.parametrize(
    "command",
    [
        "POSTGRES_DB=other docker compose run --rm -e POSTGRES_DB db backup",
        "export POSTGRES_DB=other\ndocker compose run --rm -e POSTGRES_DB db backup",
        "POSTGRES_DB=other; export POSTGRES_DB; docker-compose run --env=POSTGRES_DB db backup",
        "set -a; POSTGRES_DB=other; set +a; docker-compose exec -T -e POSTGRES_DB db backup",
        "env POSTGRES_DB=other docker compose run -e POSTGRES_DB db backup",
        "docker compose run --rm -e POSTGRES_DB=other db backup",
        "docker-compose run --rm -e POSTGRES_DB=other db backup",
        'docker exec -e POSTGRES_DB=other "$(docker compose ps -q db)" backup',
        'docker exec -ite POSTGRES_DB=other "$(docker compose ps -q db)" backup',
        "N=$(docker compose exec -e POSTGRES_DB=other db backup | wc -c)",
        "N=$(POSTGRES_DB=other docker compose run -e POSTGRES_DB db backup | wc -c)",
        "N=$(export POSTGRES_DB=other; docker compose run -e POSTGRES_DB db backup)",
        "D=a; N=$(D=other; echo $(docker compose exec db pg_dump $D))",
        'RUN=(run -e "POSTGRES_DB=other"); docker compose "${RUN[@]}" db backup',
        "sudo docker compose run --entrypoint backup -e POSTGRES_DB=other db",
        "POSTGRES_DB=a docker compose exec -e POSTGRES_DB=other db backup",
        "POSTGRES_DB=a docker compose exec db pg_dump other",
        "export POSTGRES_DB=a\ndocker compose run db pg_dump other",
    ],
)
def test_a_database_that_the_container_is_given_is_the_one(tmp_path: Path, command: str) -> None:
    found = read_with(tmp_path, command)
    assert (found.service, found.database, found.user, found.doubts) == ("db", "other", "", ())


UNKNOWN = "which database the container's own backup dumps is not known without running it"


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
        (f"{COMPOSE} db sh -c 'pg_dump \"'", "what is to run there is no shell script", ""),
        (f'{COMPOSE} db sh -c "pg_dump $1"', "what sh runs there is not known", ""),
        (f"{COMPOSE} db psql -l", "which database it dumps is not known", ""),
        (f"{COMPOSE} db pg_dump a\nN=$({COMPOSE} db pg_dump b)", "line 8: these dump different databases", ""),
        (f"{COMPOSE} db pg_dump a\n{COMPOSE} db pg_dump b", "line 8: these dump different databases", ""),
        (f"{COMPOSE} db backup\n{COMPOSE} db pg_dump b", "line 8: these dump different databases", ""),
        (f"{COMPOSE} db pg_dump shop -h other", "pg_dump asks another server", "shop"),
        (f"{COMPOSE} db pg_dump shop -U $1", "the user of pg_dump is not known", "shop"),
        (f"{COMPOSE} db pg_dump shop $1", "pg_dump gets a word that is not known", "shop"),
        (f"for DB in crm billing; do {COMPOSE} -e POSTGRES_DB=$DB db backup; done", f"line 7: {UNKNOWN}", ""),
        (f"D=a; N=$(for D in a b; do {COMPOSE} -e POSTGRES_DB=$D db backup; done)", UNKNOWN, ""),
        (f'f() {{ {COMPOSE} --env="POSTGRES_DB=$1" db backup; }}\nf crm; f shop', UNKNOWN, ""),
        (f"{COMPOSE} -ePOSTGRES_DB=$(cat /etc/x) db backup", UNKNOWN, ""),
        (f"{COMPOSE} -e POSTGRES_DB=crm_$1 db backup", UNKNOWN, ""),
        (f"{COMPOSE} -e POSTGRES_DB= db backup", UNKNOWN, ""),
        (f"{COMPOSE} -e $1 db backup", UNKNOWN, ""),
        (f"xargs -I{{}} {COMPOSE} -e POSTGRES_DB={{}} db backup < /srv/names", UNKNOWN, ""),
        (f"{COMPOSE} --env=$1 db backup", UNKNOWN, ""),
        (f"{COMPOSE} $OPTIONS db backup", UNKNOWN, ""),
        (f"{COMPOSE} -e POSTGRES_DB db backup", UNKNOWN, ""),
        (f"POSTGRES_DB=a; {COMPOSE} -e POSTGRES_DB db backup", UNKNOWN, ""),
        (f"export POSTGRES_DB=a; unset POSTGRES_DB; {COMPOSE} -e POSTGRES_DB db backup", UNKNOWN, ""),
        (f"export POSTGRES_DB=a; sudo {COMPOSE} -e POSTGRES_DB db backup", UNKNOWN, ""),
        (f"export POSTGRES_DB; read POSTGRES_DB; {COMPOSE} -e POSTGRES_DB db backup", UNKNOWN, ""),
        ("POSTGRES_DB=a docker compose run db backup", UNKNOWN, ""),
        ("export POSTGRES_DB=a\ndocker-compose run --rm db backup", UNKNOWN, ""),
        (f"{COMPOSE} --env-file /srv/x db backup", UNKNOWN, ""),
        (f"{COMPOSE} --env-from-file=/srv/x db backup", UNKNOWN, ""),
        (f"{COMPOSE} -e PGDATABASE=crm db backup", UNKNOWN, ""),
        (f"{COMPOSE} db backup crm", UNKNOWN, ""),
        (f"{COMPOSE} db sh -c 'for D in a b; do POSTGRES_DB=$D backup; done'", UNKNOWN, ""),
        (f"{COMPOSE} db sh -c '. /etc/x; backup'", UNKNOWN, ""),
        (f"{COMPOSE} -e POSTGRES_HOST=other db backup", "own backup asks another server, host =", ""),
        (f"{COMPOSE} -e PGHOST=other -e POSTGRES_DB=crm db backup", "own backup asks another server, host =", "crm"),
        (f"{COMPOSE} -e POSTGRES_HOST=$1 db backup", "which server the container's own backup asks is not known", ""),
        (f"{COMPOSE} -e POSTGRES_USER=$1 db backup", "the user of the container's own backup is not known", ""),
        (f"{COMPOSE} -e PGUSER=app db backup", "the user of the container's own backup is not known", ""),
        (f"{COMPOSE} -e PGHOST=other db pg_dump crm", "pg_dump asks another server, host =", "crm"),
        (f"{COMPOSE} -e PGHOST=$1 db pg_dump crm", "which server pg_dump asks is not known", "crm"),
        (f"{COMPOSE} -e PGHOSTADDR=10.0.0.1 db pg_dump -h db crm", "pg_dump asks another server, host =", "crm"),
        (f"{COMPOSE} -e PGSERVICE=x db pg_dump crm", "pg_dump asks another server, host =", "crm"),
        (f"{COMPOSE} db pg_dump --host=$1 crm", "which server pg_dump asks is not known", "crm"),
        (f"{COMPOSE} db sh -c 'export PGHOST=other; pg_dump crm'", "pg_dump asks another server, host =", "crm"),
        (f"{COMPOSE} -e PGDATABASE=$1 db pg_dump -U app", "which database pg_dump reads is not known", ""),
        (f"{COMPOSE} -e PGUSER=$1 db pg_dump crm", "the user of pg_dump is not known", "crm"),
        (f"{COMPOSE} -e PGUSER db pg_dump crm", "the user of pg_dump is not known", "crm"),
        (f"{COMPOSE} -e POSTGRES_DB=$1 db sh -c 'pg_dump $POSTGRES_DB'", "which database pg_dump reads is not", ""),
        (f"{COMPOSE} db sh -c 'pg_dump ${{POSTGRES_DB:-crm}}'", "which database pg_dump reads is not known", ""),
        (f"{COMPOSE} db sh -c 'pg_dump old_$POSTGRES_DB'", "which database pg_dump reads is not known", ""),
        (f"{COMPOSE} db sh -c '. /x; pg_dump $POSTGRES_DB'", "which database pg_dump reads is not known", ""),
        (f"{COMPOSE} db sh -c '[ -f /x ] && POSTGRES_DB=a; pg_dump $POSTGRES_DB'", "reads is not known", ""),
        (f"{COMPOSE} db sh -c 'PGDATABASE=a; pg_dump'", "pg_dump gets no database", ""),
        (f'{COMPOSE} db sh -c "POSTGRES_DB=$1 backup"', "what sh runs there is not known", ""),
        (f"{COMPOSE} db sh <<EOF\npg_dump crm\nEOF", "what sh runs there stands in its input or in a file", ""),
        (f"{COMPOSE} db bash -s <<< 'pg_dump crm'", "what bash runs there stands in its input or in a file", ""),
        (f"{COMPOSE} db env A=b /bin/ash < /srv/x", "what ash runs there stands in its input or in a file", ""),
        (f"{COMPOSE} db su postgres < /srv/x", "what su runs there stands in its input or in a file", ""),
        (f"{COMPOSE} db sh /scripts/dump", "what sh runs there stands in its input or in a file", ""),
        (f"{COMPOSE} db pg_dump crm\n{COMPOSE} db sh < /srv/x", "line 8: what sh runs there stands in", "crm"),
        (f"{COMPOSE} db sh -c 'pg_dump crm; cat /srv/x | sh'", "what sh runs there stands in", "crm"),
        (f"{COMPOSE} db pg_dump crm\n{COMPOSE} db $1", "which program runs there is not known", "crm"),
        (f"{COMPOSE} -e PGHOST=other db pg_dump crm -U $1", "; the user of pg_dump is not known", "crm"),
        (f"{COMPOSE} -e POSTGRES_HOST=x -e POSTGRES_DB=$1 db backup", f"in the source; {UNKNOWN}", ""),
        (f"{COMPOSE} db sh -c 'pg_dump ${{APP_DB:-crm}}'", "which database pg_dump reads is not known", ""),
        (f"{COMPOSE} db backup\n{COMPOSE} -e POSTGRES_DB=b db backup", "line 8: these dump different databases", ""),
        (f"{COMPOSE} db pg_dump a\n{COMPOSE} db sh -c 'N=$(pg_dump b)'", "line 8: these dump different databases", ""),
        (f"D=a; f() {{ {COMPOSE} db pg_dump $D; }}; f; D=b; f", "which database pg_dump reads is not known", ""),
        (
            f"D=a; f() {{ {COMPOSE} db pg_dump $D; }}; for D in a b; do f; done",
            "which database pg_dump reads is not",
            "",
        ),
        (f"D=a\nfunction f {{\n {COMPOSE} -e POSTGRES_DB=$D db backup\n}}\nf\nD=b f", f"line 9: {UNKNOWN}", ""),
        (f"f() {{ {COMPOSE} -e POSTGRES_DB db backup; }}; test $1 && export POSTGRES_DB=a; f", UNKNOWN, ""),
        (f"[ -f /x ] && export POSTGRES_DB=a; {COMPOSE} -e POSTGRES_DB db backup", UNKNOWN, ""),
        (f"if [ -f /x ]; then set -a; fi; POSTGRES_DB=a; {COMPOSE} -e POSTGRES_DB db backup", UNKNOWN, ""),
        (f"{COMPOSE} db pg_dump a\ndc exec -T db pg_dump b", "line 8: these dump different databases", ""),
        (f"{COMPOSE} db pg_dump a\ndc exec -T db backup", "line 8: these dump different databases", ""),
        (f"{COMPOSE} db pg_dump a\nsh -c '{COMPOSE} db pg_dump b'", "line 8: these dump different databases", ""),
        (f"{COMPOSE} db pg_dump a\nbash -eu <<EOF\npg_dump b\nEOF", "line 8: what bash runs there stands in", "a"),
        (f"{COMPOSE} db pg_dump a\nssh db1 sudo sh < /srv/x", "line 8: what sh runs there stands in", "a"),
        (f"{COMPOSE} db pg_dump -p 5433 a", "pg_dump asks port 5433, port = 5433 in the source", "a"),
        (f"{COMPOSE} db pg_dump --port=5433 a", "pg_dump asks port 5433, port = 5433 in the source", "a"),
        (f"{COMPOSE} -e PGPORT=5433 db pg_dump a", "pg_dump asks port 5433, port = 5433 in the source", "a"),
        (f"{COMPOSE} -e PGPORT=5433 db backup", "own backup asks port 5433, port = 5433 in the source", ""),
        (f"{COMPOSE} db pg_dump -p $1 a", "which port pg_dump asks is not known without running it, port = …", "a"),
    ],
)
def test_what_is_not_known_of_the_database_is_said_with_its_line(
    tmp_path: Path, command: str, said: str, database: str
) -> None:
    found = read_with(tmp_path, command)
    assert found.database == database
    *_, doubt = found.doubts
    assert said in doubt
    assert all("is a guess" in other for other in found.doubts[:-1])
    assert database or '= "…"' in doubt or "port = 5433" in doubt  # what to write down
    assert f"# To be checked: {doubt}\n" in config_text(found)


def test_its_own_backup_in_place_of_pg_dump_is_told_the_same_database(tmp_path: Path) -> None:
    text = config_text(read_with(tmp_path, f"{COMPOSE} -e POSTGRES_DB=other db backup"))
    assert 'instead, with command = ["env", "POSTGRES_DB=other", "backup"].)' in text
    own = config_text(read_with(tmp_path, f"{COMPOSE} db backup"))
    assert "command" not in own


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("shop -n app -t 'app.x'", "takes a part only (-n app, -t app.x), and a plan all: extra_args"),
        ("--exclude-table-data=log shop", "takes a part only (--exclude-table-data log)"),
        ("-as shop", "takes a part only (-a, -s)"),
        ("-vFc -Z 9 -dshop", "writes the format c, and a plan plain SQL"),
        ("--format=directory -f x shop", "writes the format directory"),
    ],
)
def test_what_a_plan_would_dump_otherwise_is_said(tmp_path: Path, command: str, said: str) -> None:
    found = read_with(tmp_path, f"{COMPOSE} db pg_dump {command}")
    (doubt,) = found.doubts
    assert (found.database, said in doubt) == ("shop", True), doubt
