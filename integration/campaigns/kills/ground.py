"""A server with the database `live`, two backups of it that differ, and the tool, through a proxy or not."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backuptool.bundle import Keys, opened
from backuptool.embedded.postgresql import PostgreSQL, postgresql
from backuptool.passphrase import read_passphrase
from backuptool.restore import restore
from backuptool.shells.local import Local
from backuptool.sources.server import Server
from backuptool.target import Replaced, Replacing, drop_replaced, prepared, replaced
from backuptool.target.running import UNFINISHED
from integration.campaigns.kills.clients import LIVE, PATIENCE, ROWS
from integration.campaigns.kills.proxy import Proxy
from tests.cli.quick import MODULE, quick_keys

TOP = Path(__file__).parents[3]
MARKERS = ("a", "b")
BASE = {LIVE, "postgres", "template0", "template1"}
TOOL = (MODULE,)  # its keys cost 1 s of 4 in each of some hundred restores
NAIVE = "integration.campaigns.kills.naive"
RESTORE = ("restore", "--into", LIVE, "--replace", "--force-disconnect", "--file")
CONTENT = f"""
create table filled as select n, repeat('x', 100) as filling from generate_series(1, {ROWS}) n;
create table marker (name text);
create index last_of_all on filled (n);
alter database {LIVE} set timezone to 'Europe/Berlin';
grant create on database {LIVE} to public;
"""  # noqa: S608 - constants
# The programs of a killed tool end a moment later; their sessions hold what the next run would take for a run.
OTHERS = """
    select count(*) from pg_stat_activity where application_name in ('psql', 'pg_dump') and pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Ground:
    """One server and the files of one configuration, in `folder`."""

    folder: Path
    postgres: PostgreSQL
    proxy: Proxy

    @property
    def server(self) -> Server:
        """The server without the proxy, by its maintenance database."""
        return prepared(Server(Local(str(self.postgres.programs)), LIVE, "postgres", str(self.postgres.socket)))

    def bundle(self, marker: str) -> Path:
        return self.folder / f"{marker}.tar"

    def tool(self, program: tuple[str, ...], *words: str, proxied: bool = True) -> subprocess.Popen[str]:
        """The tool, or a broken build of it, started with these words."""
        config = self.folder / ("proxied.toml" if proxied else "direct.toml")
        argv = [sys.executable, "-m", *program, "--config", str(config), *words]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        pipe = subprocess.PIPE
        return subprocess.Popen(argv, env=environment, cwd=TOP, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe,
                                text=True, start_new_session=True)  # fmt: skip

    def restoring(self, program: tuple[str, ...], marker: str) -> subprocess.Popen[str]:
        """A run that replaces the live database by the backup with this marker, through the proxy."""
        return self.tool(program, *RESTORE, str(self.bundle(marker)))

    def ok(self, *words: str) -> str:
        """What the tool says on stderr, run without the proxy. Raises RuntimeError when it does not end well."""
        with self.tool(TOOL, *words, proxied=False) as tool:
            said = tool.communicate()[1]
        if tool.returncode:
            raise RuntimeError(f"{words} ended with {tool.returncode}: {said}")
        return said

    def databases(self) -> set[str]:
        return set(self.postgres.psql("select datname from pg_database").splitlines())

    def unfinished(self) -> set[str]:
        return {name for name in self.databases() if name.startswith(UNFINISHED)}

    def kept(self) -> list[Replaced]:
        return replaced(self.server, LIVE)

    def drop_kept(self) -> None:
        for one in self.kept():
            drop_replaced(self.server, one.name)

    def quiet(self) -> None:
        """Wait until nothing is connected that a tool had started. Raises TimeoutError."""
        deadline = time.monotonic() + PATIENCE
        while self.postgres.psql(OTHERS) != "0":
            if time.monotonic() > deadline:
                raise TimeoutError("what a killed tool started is still connected")
            time.sleep(0.02)

    def replace(self, marker: str) -> None:
        """What `backuptool restore --replace --force-disconnect` does, in this process: it need not start first."""
        keys = Keys.of(read_passphrase(self.folder / "passphrase.txt"))
        with opened(self.bundle(marker), keys) as bundle:
            restore(bundle, self.server, LIVE, Replacing(force=True))

    def made_anew(self, marker: str) -> None:
        """After a broken build: the live database as it should be, and nothing else."""
        for name in self.databases() - BASE | {LIVE}:
            self.postgres.psql(f'drop database if exists "{name}" with (force)')
        self.replace(marker)


CONFIG = """
state_dir = "{folder}/state"
[plans.sweep]
passphrase_file = "{folder}/passphrase.txt"
kdf = "sop"
[plans.sweep.source]
database = "live"
user = "postgres"
host = "{host}"
shell = {{ type = "local", path = "{programs}" }}
[[plans.sweep.stores]]
type = "directory"
path = "{folder}/store"
create = true
"""


@contextlib.contextmanager
def ground(folder: Path, major: int = 18) -> Iterator[Ground]:
    """A server of this major version (16, 18), whose live database has the first marker."""
    (folder / "passphrase.txt").touch(mode=0o600)
    (folder / "passphrase.txt").write_text(secrets.token_urlsafe(40) + "\n")
    with postgresql(major) as server, quick_keys():
        proxy = Proxy(folder, server.socket)
        for name, host in (("proxied", folder), ("direct", server.socket)):
            text = CONFIG.format(folder=folder, host=host, programs=server.programs)
            (folder / f"{name}.toml").write_text(text)
        made = Ground(folder, server, proxy)
        try:
            _back_up(made)
            yield made
        finally:
            proxy.close()


def _back_up(made: Ground) -> None:
    made.postgres.psql(f"create database {LIVE}")
    made.postgres.psql(CONTENT, LIVE)
    for marker in reversed(MARKERS):
        made.postgres.psql(f"delete from marker; insert into marker values ('{marker}')", LIVE)  # noqa: S608
        made.ok("backup")
        (stored,) = (made.folder / "store").glob("*.tar")
        stored.rename(made.bundle(marker))
