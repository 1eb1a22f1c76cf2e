"""The old procedure's scripts, as people have them: read, or refused with what is missing and where."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backuptool.config import check_config
from backuptool.errors import UsageError
from backuptool.init import Answers, Dav, Folder, config_text, from_sop, write_config
from tests.init.sample import COMMANDS, EXPORTED, ITSELF, VALUES, read, read_with, tables

GROWN = f"""#!/usr/bin/env bash
# Grew over the years.
set -euo pipefail
trap 'rm -f "$LOCAL_BACKUP_DIR"/*.enc' EXIT
log() {{ echo "$(date +%F) $*" >> /var/log/backup.log; }}

readonly BASE=/var/www/gds_docker
export COMPOSE_FILE="${{COMPOSE_FILE:-$BASE/genomicsdataservices/docker-compose.yml}}" LOCAL_BACKUP_DIR=$BASE/backups
CLOUD='https://owncloud.example.org/remote.php'; REMOTE_BACKUP_URL="${{CLOUD}}/webdav/broker_db_backup/"
declare -r CURL_CONF=/root/mpi-owncloud.conf
: "${{PASSPHRASE_FILE:=/root/db_backup_passphrase.txt}}"
[[ -r $CURL_CONF ]] || {{ log "no $CURL_CONF"; exit 1; }}
cat > /dev/null <<EOF
REMOTE_BACKUP_URL=https://not.this.one/
EOF
if [ "$(id -u)" -ne 0 ]; then
    echo "root only" >&2
    exit 1
fi
{COMMANDS.replace("docker-compose", "/usr/local/bin/docker-compose")}
log done
"""
WINDOWS = ITSELF.replace("\n", "\r\n")


@pytest.mark.parametrize("text", [ITSELF, GROWN, EXPORTED, WINDOWS], ids=["itself", "grown", "exported", "windows"])
def test_the_five_variables_become_a_plan(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert replace(found, origin="") == Answers(
        plan="broker-db-backup",
        compose_file=VALUES["COMPOSE_FILE"],
        service="postgres",
        passphrase_file=VALUES["PASSPHRASE_FILE"],
        store=Dav(VALUES["REMOTE_BACKUP_URL"], curl_config=VALUES["CURL_CONF"]),
        work_dir=VALUES["LOCAL_BACKUP_DIR"],
    )
    assert check_config(tables(found), "test").plan("broker-db-backup").work_dir == Path(VALUES["LOCAL_BACKUP_DIR"])


def test_a_path_that_is_found_from_one_folder_only_is_said_with_its_variable(tmp_path: Path) -> None:
    text = EXPORTED.replace(VALUES["LOCAL_BACKUP_DIR"], "./backups").replace(VALUES["CURL_CONF"], "~/cloud.conf")
    with pytest.raises(UsageError) as told:
        read(tmp_path, text)
    assert told.value.message == (
        f"{tmp_path}/db_backup, line 3: LOCAL_BACKUP_DIR is no absolute path: ./backups\n"
        f"{tmp_path}/db_backup, line 5: CURL_CONF is no absolute path"
    )


def test_what_may_be_a_secret_instead_of_its_file_is_not_shown(tmp_path: Path) -> None:
    text = EXPORTED.replace(VALUES["CURL_CONF"], "ann:xyzzy").replace(VALUES["PASSPHRASE_FILE"], "xyzzy/+x")
    with pytest.raises(UsageError) as told:
        read(tmp_path, text)
    assert "xyzzy" not in told.value.message + told.value.hint
    assert "line 6: PASSPHRASE_FILE is no absolute path" in told.value.message


@pytest.mark.parametrize(
    ("command", "service", "project"),
    [
        ('docker-compose -f "$COMPOSE_FILE" run --rm db backup', "db", ""),
        ('docker compose -f "$COMPOSE_FILE" exec -T database backup', "database", ""),
        ('sudo docker compose -p broker -f "$COMPOSE_FILE" run -e A=b --name x pg backup', "pg", "broker"),
        ("cd /srv && docker-compose run --user root db backup", "db", ""),
        ('docker compose --project-name=gds -f "$COMPOSE_FILE" run db backup', "db", "gds"),
        ("export COMPOSE_PROJECT_NAME=gds\ndocker compose run db backup", "db", "gds"),
        ("COMPOSE_PROJECT_NAME=gds\ndocker compose -p other run db backup", "db", "other"),
        ("COMPOSE_PROJECT_NAME=gds docker compose run db backup", "db", "gds"),
        ("docker compose run db backup; export COMPOSE_PROJECT_NAME=gds", "db", ""),
        ("docker compose run db backup; COMPOSE_PROJECT_NAME=gds curl x", "db", ""),
        ("docker compose -p gds run db backup; docker compose -p $1 ps; docker compose ps", "db", "gds"),
        ("export COMPOSE_PROJECT_NAME=gds", "postgres", "gds"),
        ("f() { export COMPOSE_PROJECT_NAME=gds; docker compose run db backup; }; f | tee log", "db", "gds"),
        ("docker compose run web a\ndocker compose run web b\ndocker compose run db pg_dump -U x", "db", ""),
        ("docker compose run a b\ndocker compose run a c\ndocker compose run db sh -c '/bin/pg_dump|gzip'", "db", ""),
        ("docker compose run --entrypoint backup db", "db", ""),
        ("docker compose run --entrypoint=/bin/backup db", "db", ""),
        ("docker compose run web a\ndocker compose exec web b\ndocker compose run db c", "web", ""),
        ("(( i = 1 << 2 ))\ndocker compose run db backup", "db", ""),
        ("docker compose run", "postgres", ""),
        ("docker compose run -p 80:80 -e A=b $OPTIONS db pg_dump -p 5432", "db", ""),
        ('docker compose run --rm "$1" backup', "postgres", ""),
        ("docker ps", "postgres", ""),
        ('DC="docker compose -p x -f $COMPOSE_FILE"; $DC run --rm db backup', "db", "x"),
        ('DC="docker compose"; "$DC" run --rm db backup', "postgres", ""),
        ('DC=(docker compose -f "$COMPOSE_FILE"); "${DC[@]}" run db backup', "db", ""),
        ('DC=(docker compose); DC+=(-f "$COMPOSE_FILE"); DC=("${DC[@]}" run); "${DC[@]}" db backup', "db", ""),
        ('ID=$(docker compose -f "$COMPOSE_FILE" ps -q db | head -1); docker exec -t "$ID" backup', "db", ""),
        ('docker exec "$(docker-compose ps -q db)" sh -c "pg_dump shop"', "db", ""),
        ("docker exec `docker-compose ps --quiet db` backup", "db", ""),
        ('ID=$(docker compose ps -q); docker exec "$ID" backup', "postgres", ""),
        ('ID=$(docker ps -q -f name=db); docker exec "$ID" backup', "postgres", ""),
        ('ID=$(docker compose ps -q db); ID=$1; docker exec "$ID" backup', "postgres", ""),
    ],
)
def test_the_service_is_the_one_whose_backup_it_ran(tmp_path: Path, command: str, service: str, project: str) -> None:
    found = read(tmp_path, EXPORTED.replace("exec", f"{command}\nexec"))
    assert (found.service, found.project) == (service, project)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ('docker compose run --rm "$1" backup', "line 7: which service this is is not known"),
        ("docker exec broker_db_1 backup", "line 7: which service this is is not known"),
        ("pg_dump -h localhost shop", "line 7: which service this is is not known"),
        (
            "docker compose exec a backup\ndocker compose exec b backup",
            "line 7, line 8: these dump in several services",
        ),
        ("docker compose exec db true", "db_backup: no pg_dump or backup in a container is found"),
    ],
)
def test_a_service_that_is_guessed_is_called_a_guess(tmp_path: Path, command: str, said: str) -> None:
    found = read_with(tmp_path, command)
    doubt = found.doubts[0]
    assert said in doubt.replace(f"{tmp_path / 'db_backup'}, line", "line")
    assert f'service = "{found.service}" is a guess' in doubt
    text = config_text(found)
    assert text.index(f"# To be checked: {doubt}") < text.index("shell = ")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("docker compose -f /srv/other.yml exec db pg_dump shop", "compose reads /srv/other.yml, not COMPOSE_FILE's"),
        ("docker compose --file=/srv/other.yml exec db pg_dump shop", "compose reads /srv/other.yml, not COMPOSE"),
        ("docker-compose -f $COMPOSE_FILE -f b.yml exec db pg_dump shop", "docker-compose.yml:b.yml, not COMPOSE"),
        ("docker compose -f $1 exec db pg_dump shop", "which compose file it reads is not known"),
        ("docker compose --project-directory /srv/b exec db pg_dump shop", "names its project after /srv/b: look"),
        ('docker exec "$(docker compose -f /srv/b.yml ps -q db)" pg_dump shop', "compose reads /srv/b.yml, not"),
        ("DOCKER_HOST=ssh://db1 docker compose exec db pg_dump shop", "asks the docker of DOCKER_HOST = ssh://db1"),
        ("export DOCKER_CONTEXT=db1; docker compose exec db pg_dump shop", "the docker of DOCKER_CONTEXT = db1"),
        ("export DOCKER_HOST=$1; docker exec $X pg_dump shop", "of DOCKER_HOST = what is not known without"),
    ],
)
def test_another_project_or_docker_than_the_compose_files_is_in_doubt(tmp_path: Path, command: str, said: str) -> None:
    found = read_with(tmp_path, command)
    doubt = found.doubts[-1]
    assert (found.database, said in doubt) == ("shop", True), found.doubts
    assert f"# To be checked: {doubt}" in config_text(found)


def test_a_dump_on_another_host_is_in_doubt(tmp_path: Path) -> None:
    found = read_with(tmp_path, 'ssh db1 "docker compose exec -T db pg_dump shop" > x')
    assert any('it runs on another host: host = { type = "ssh"' in doubt for doubt in found.doubts), found.doubts


@pytest.mark.parametrize("name", ["./settings", "/none/there"])
def test_a_file_that_is_sourced_and_not_read_may_set_something_else(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, EXPORTED.replace("exec", f". {name}\nexec"))
    (doubt,) = found.doubts
    assert doubt == (
        f"{tmp_path / 'db_backup'}, line 7: {name} is sourced, which is not read: look whether it sets something else"
    )
    assert f"# To be checked: {doubt}" in config_text(found)


def test_a_file_that_is_exported_line_by_line_may_set_something_else(tmp_path: Path) -> None:
    (doubt,) = read(tmp_path, EXPORTED.replace("exec", "export $(grep = .env | xargs)\nexec")).doubts
    assert "line 7: export may set any variable, which is not known without running it: look whether it" in doubt
    with pytest.raises(UsageError) as told:
        read(tmp_path, "export $(grep = .env | xargs)\n")
    assert told.value.hint.startswith("export may set any variable")


def test_a_script_that_does_all_in_a_function_is_read_too(tmp_path: Path) -> None:
    inside = EXPORTED.replace("export ", "  local ").replace("\n", "\nmain() {\n", 1) + "}\nmain\n"
    assert config_text(read(tmp_path, inside)) == config_text(read(tmp_path, EXPORTED))


def test_a_variable_is_what_the_commands_got_of_it(tmp_path: Path) -> None:
    again = "REMOTE_BACKUP_URL=https://other.example/\nunset PASSPHRASE_FILE\nLOCAL_BACKUP_DIR=/old\n"
    assert config_text(read(tmp_path, ITSELF + again)) == config_text(read(tmp_path, ITSELF))
    with pytest.raises(UsageError) as told:
        read(tmp_path, f'{ITSELF}{again}curl -K "$CURL_CONF" -T a "$REMOTE_BACKUP_URL"\n')
    assert told.value.message == (
        f"{tmp_path / 'db_backup'}, line 19: REMOTE_BACKUP_URL is used with another value than that of line 4"
    )


@pytest.mark.parametrize(
    ("commands", "file"),
    [
        ("export COMPOSE_FILE=/a.yml; docker compose exec db backup; export COMPOSE_FILE=/b.yml", "/a.yml"),
        (
            "export COMPOSE_FILE=/a.yml; $(docker-compose ps -q db); export COMPOSE_FILE=/b.yml; docker compose up",
            "/a.yml",
        ),
        ("COMPOSE_FILE=/a.yml docker compose exec db backup", "/a.yml"),
        ("sudo env COMPOSE_FILE=/a.yml docker compose exec db backup; unset COMPOSE_FILE", "/a.yml"),
        ("docker-compose -f $COMPOSE_FILE exec db backup; COMPOSE_FILE=/b.yml", VALUES["COMPOSE_FILE"]),
        ("docker compose exec db backup", VALUES["COMPOSE_FILE"]),
        ("env COMPOSE_FILE=/a.yml docker compose exec db backup; docker compose exec db backup", 2),
        ("env COMPOSE_FILE=$1 docker compose exec db backup", 7),
    ],
)
def test_the_compose_file_is_the_one_that_compose_was_given(tmp_path: Path, commands: str, file: str | int) -> None:
    commands = commands.replace("; docker", "\ndocker")
    if isinstance(file, str):
        assert read_with(tmp_path, commands).compose_file == file
        return
    with pytest.raises(UsageError, match=f"line {file}: COMPOSE_FILE is (used with another value|given to compose)"):
        read_with(tmp_path, commands)


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "{path}: {name} is missing: the script does not set it"),
        ("export {name}=", "{path}, line 2: {name} is empty"),
        (
            "export {name}=$(cat /etc/x)",
            "{path}, line 2: {name} is made by a command substitution: ",
        ),
        ("export {name}=$1", "{path}, line 2: {name} is made by $1: not known"),
    ],
)
def test_what_is_missing_is_named_with_its_place(tmp_path: Path, name: str, line: str, said: str) -> None:
    lines = [one for one in EXPORTED.splitlines() if not one.startswith(f"export {name}=")]
    lines.insert(1, line.format(name=name))
    with pytest.raises(UsageError) as told:
        read(tmp_path, "\n".join(lines))
    assert told.value.message.startswith(said.format(name=name, path=tmp_path / "db_backup"))
    assert len(told.value.message.splitlines()) == 1
    assert told.value.hint


@pytest.mark.parametrize(("value", "why"), [("$PWD", "is not set by it alone"), ("$A", "it does not set")])
def test_why_it_is_not_known_is_said_once(tmp_path: Path, value: str, why: str) -> None:
    with pytest.raises(UsageError) as told:
        read(tmp_path, EXPORTED.replace(f"'{VALUES['CURL_CONF']}'", value))
    name = value.removeprefix("$")
    said = f"CURL_CONF refers to {name}, which {why}: not known without running it"
    assert told.value.message == f"{tmp_path}/db_backup, line 5: {said}"


@pytest.mark.parametrize("name", VALUES)
def test_a_value_of_other_bytes_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "db_backup"
    path.write_bytes(EXPORTED.replace(f"{name}='", f"{name}='/b#ck").encode().replace(b"#", b"\xe4"))
    with pytest.raises(UsageError) as told:
        from_sop(path, {})
    assert told.value.message.startswith(f"{path}, line ")
    assert f": {name} is not UTF-8, and a configuration has no other" in told.value.message
    assert len(told.value.message.splitlines()) == 1
    assert "a name in UTF-8" in told.value.hint


def test_whatever_else_is_of_other_bytes_is_refused_before_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "db_backup"
    path.write_bytes(EXPORTED.replace("exec", "true").encode() + b"docker compose run db pg_dump sh\xf6p\n")
    text = config_text(from_sop(path, {}))
    with pytest.raises(UsageError, match="database is not UTF-8, and a configuration has no other") as told:
        write_config(tmp_path / "new" / "config.toml", text)
    assert told.value.hint
    assert not (tmp_path / "new").exists()


def test_all_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as told:
        read(tmp_path, "echo nothing\n. /none/variables.sh\n")
    assert len(told.value.message.splitlines()) == 5
    assert "/none/variables.sh is sourced, which is not read (line 2)" in told.value.hint
    assert 'line user = "NAME:PASSWORD"' in told.value.hint
    assert "PASSPHRASE_FILE's file has the passphrase in its first line" in told.value.hint


@pytest.mark.parametrize("content", [b"\x7fELF\0\0", b"PK\3\4\0"])
def test_what_is_no_script_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(UsageError, match="is no shell script"):
        from_sop(tmp_path / "x", {})
    with pytest.raises(UsageError, match="No such file"):
        from_sop(tmp_path / "none", {})


ANYTHING = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(ANYTHING, ANYTHING, ANYTHING)
def test_whatever_is_answered_stands_in_the_file_as_it_is(path: str, user: str, database: str) -> None:
    store = Dav("https://x.example/", user=user, password_file=path)
    found = tables(Answers("broker", path, user, path, store, user, database, path, path))
    plan = found["plans"]["broker"]
    assert (found["work_dir"], plan["passphrase_file"], plan["source"]["database"]) == (path, path, database)
    assert plan["source"]["shell"] == {"type": "compose", "file": path, "service": user, "project": user}
    assert plan["stores"] == [{"type": "webdav", "url": "https://x.example/", "user": user, "password_file": path}]
    folder = tables(Answers("broker", path, user, path, Folder(path)))
    assert folder["plans"]["broker"]["stores"] == [{"type": "directory", "path": path}]
