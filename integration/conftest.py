"""The real thing: docker-compose.test.yml brought up by pytest-docker, once per run."""

from __future__ import annotations

import fcntl
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import pytest
from plumbum import local
from pytest_docker.plugin import Services

from tests.conftest import pytest_configure  # noqa: F401 - a hook, the same here

TOP = Path(__file__).parents[1]
DAV_USER, DAV_PASSWORD = "backup", 'p"ä: \\w'  # as docker-compose.test.yml has them
STAYS = ("ledger.jsonl", "broker.lock")
# release-check names the installed one, and the wrapper that was installed with it.
TOOL = [os.environ.get("BACKUPTOOL") or str(TOP / ".venv" / "bin" / "backuptool")]
WRAPPER = Path(os.environ.get("BACKUPTOOL_WRAPPER") or TOP / "backuptool" / "data" / "cron.daily")


def engine_answers() -> bool:
    """Whether there is a Docker engine; there may not even be a program to ask it."""
    try:
        return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def pytest_sessionstart() -> None:
    """Where CI requires a Docker engine, none is an error before any test, and not one of each worker."""
    if os.environ.get("BACKUPTOOL_REQUIRE_DOCKER") == "1" and not engine_answers():
        raise pytest.UsageError("BACKUPTOOL_REQUIRE_DOCKER=1, but no Docker engine answers (`docker info` fails)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Docker engine what needs one is skipped, and said so."""
    needing = [
        item for item in items
        if "docker_services" in getattr(item, "fixturenames", ()) or item.get_closest_marker("docker")
    ]  # fmt: skip
    if not needing or engine_answers():
        return
    for item in needing:
        item.add_marker(pytest.mark.skip(reason="no Docker engine answers (`docker info` fails)"))


@pytest.fixture
def alone_with_drills(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No other worker's test drills in a container meanwhile: a drill removes what another has left."""
    with (tmp_path_factory.getbasetemp().parent / "drills.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def docker_compose_file() -> str:
    subprocess.run([TOP / "integration" / "images" / "prepare"], check=True, stdout=subprocess.DEVNULL)
    return str(TOP / "docker-compose.test.yml")


@pytest.fixture(scope="session")
def docker_compose_project_name() -> Iterator[str]:
    """Known to the tool by the variable that compose itself reads (plumbum has its own copy of the environment)."""
    name = os.environ["COMPOSE_PROJECT_NAME"] = local.env["COMPOSE_PROJECT_NAME"] = f"backuptool-test-{os.getpid()}"
    yield name
    del os.environ["COMPOSE_PROJECT_NAME"], local.env["COMPOSE_PROJECT_NAME"]


@pytest.fixture(scope="session")
def docker_setup() -> list[str]:
    return ["up -d --wait"]


@dataclass
class Stack:
    """The services that run, and ways to look at them that do not go through the tool."""

    compose_file: Path
    project: str
    url: str

    def container(self, service: str) -> str:
        return f"{self.project}-{service}-1"

    def inside(self, service: str, *argv: str, stdin: bytes = b"") -> bytes:
        command = ["docker", "exec", "-i", self.container(service), *argv]
        done = subprocess.run(command, input=stdin, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def psql(self, sql: str, database: str = "broker") -> str:
        command = ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-U", "broker", "-d", database, "-f", "-"]
        return self.inside("postgres", *command, stdin=sql.encode()).decode().strip()

    @contextmanager
    def locked(self, table: str, database: str) -> Iterator[None]:
        """Nobody gets at the table while this block runs: a dump of it waits, for as long as a test wants."""
        psql = ["psql", "-X", "-q", "-U", "broker", "-d", database]
        command = ["docker", "exec", "-i", self.container("postgres"), *psql]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdin is not None
            assert holder.stdout is not None
            holder.stdin.write(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;\n\\echo locked\n")
            holder.stdin.flush()
            assert holder.stdout.readline() == "locked\n"
            yield

    def facts(self, database: str) -> dict[str, str]:
        """Rows and digest of every table."""
        tables = self.psql(
            "select format('%I.%I', nspname, relname) from pg_class c join pg_namespace n on n.oid = relnamespace"
            " where relkind = 'r' and nspname !~ '^pg_' and nspname <> 'information_schema' order by 1",
            database,
        )
        rows = "select count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' order by t::text)), '-') from {} t"
        return {table: self.psql(rows.format(table), database) for table in tables.splitlines()}

    def stored(self, location: str) -> list[str]:
        """The names in a collection (none when it was never made), seen from inside Apache's container."""
        folder = f"/srv/dav/{location}"
        names = self.inside("webdav", "sh", "-c", 'test ! -d "$1" || ls -A "$1"', "sh", folder)
        return sorted(names.decode().splitlines())


@pytest.fixture(scope="session")
def stack(docker_services: Services, docker_compose_project_name: str, docker_compose_file: str) -> Stack:
    port = docker_services.port_for("webdav", 80)
    made = Stack(Path(docker_compose_file), docker_compose_project_name, f"http://127.0.0.1:{port}/")
    sql = (files("backuptool") / "data" / "broker.sql").read_text(encoding="utf-8")
    made.psql("CREATE ROLE \"read only\";\nALTER DATABASE broker SET timezone = 'Europe/Berlin';")
    made.psql(sql.partition("\\connect broker\n")[2])
    return made


@dataclass
class Host:
    """A host with a configuration of its own that backs the stack's database up."""

    folder: Path
    stack: Stack
    location: str
    tool: list[str]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def passphrase_file(self) -> Path:
        return self.folder / "passphrase.txt"

    def run(self, *words: str, config: bool = True) -> subprocess.CompletedProcess[str]:
        argv = [*self.tool, *(["--config", str(self.config)] if config else []), *words]
        environment = {**os.environ, **self.environment}
        return subprocess.run(argv, env=environment, cwd=self.folder, capture_output=True, text=True, check=False)

    def ok(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def left(self) -> list[str]:
        """What runs left here that is not meant to stay."""
        return [path.name for path in (self.folder / "state").iterdir() if path.name not in STAYS]

    def bundle(self) -> Path:
        """The newest bundle as Apache stores it, copied out by docker, not by the tool."""
        name = self.stack.stored(self.location)[-1]
        path = self.folder / name
        path.write_bytes(self.stack.inside("webdav", "cat", f"/srv/dav/{self.location}/{name}"))
        return path


MakeHost = Callable[..., Host]


@pytest.fixture
def tool() -> list[str]:
    """The command that hosts run. Where keys do not matter a file has a quicker one: QUICK, as the tests of the command
    line."""
    return TOOL


@pytest.fixture
def make_host(stack: Stack, tmp_path: Path, tool: list[str]) -> MakeHost:
    """A host: `source` is the TOML of the source beside its shell, `server` the kind of authentication.

    Keys are derived as the old script did it: the plan's own way is 3 s of one core in each backup (and as much in each
    drill), which is asked for where it matters.
    """

    def make(
        *,
        source: str = 'type = "pg_dump"',
        server: str = "digest",
        v1: bool = False,
        slash: bool = True,
        kdf: str = "sop",
    ) -> Host:
        location = f"{server}/{secrets.token_hex(4)}" if server != "full" else server
        host = Host(tmp_path, stack, location, tool)
        (tmp_path / "state").mkdir()
        host.passphrase_file.write_text(secrets.token_urlsafe(40) + "\n")
        curl = DAV_PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
        (tmp_path / "curl.conf").write_text(f'# kept by hand\nuser = "{DAV_USER}:{curl}"\n')
        for secret in (host.passphrase_file, tmp_path / "curl.conf"):
            secret.chmod(0o600)
        path = without_v2(tmp_path) if v1 else ""
        host.config.write_text(
            f"""
state_dir = "{tmp_path}/state"
[plans.broker]
passphrase_file = "{host.passphrase_file}"
kdf = "{kdf}"
[plans.broker.source]
{source}
[plans.broker.source.shell]
type = "compose"
file = "{stack.compose_file}"
service = "postgres"
host = {{ type = "local", path = "{path}" }}
[[plans.broker.stores]]
type = "webdav"
url = "{stack.url}{location}{"/" if slash else ""}"
curl_config = "{tmp_path}/curl.conf"
"""
        )
        return host

    return make


def without_v2(folder: Path) -> str:
    """A folder with a docker that knows no `compose`: only docker-compose (v1) answers then."""
    place = folder / "v1"
    place.mkdir()
    real = subprocess.run(["sh", "-c", "command -v docker"], capture_output=True, text=True, check=True).stdout.strip()
    script = (
        f'#!/bin/sh\nif [ "$1" = compose ]; then echo "docker: no such command" >&2; exit 1; fi\nexec {real} "$@"\n'
    )
    (place / "docker").write_text(script)
    (place / "docker").chmod(0o755)
    return str(place)
