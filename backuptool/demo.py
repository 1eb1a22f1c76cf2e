"""The whole job on an embedded PostgreSQL and WebDAV server: nothing to set up, nothing left behind."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from backuptool.bundle.recover import script
from backuptool.embedded.postgresql import PostgreSQL, postgresql
from backuptool.embedded.webdav import webdav
from backuptool.errors import BackuptoolError, UsageError, VerificationError
from backuptool.secret import Secret
from backuptool.staging import staging

USER = "demo"
Say = Callable[[str], None]
TABLES = """
    select format('%I.%I', nspname, relname) from pg_class c join pg_namespace n on n.oid = relnamespace
    where relkind = 'r' and nspname in ('public', 'Über Uns') order by 1
"""
ROWS = "select count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' order by t::text)), '-') from {} t"
LARGE_OBJECTS = (
    "select count(*) || ' ' || md5(string_agg(lo_get(oid)::text, '' order by oid)) from pg_largeobject_metadata"
)


def run(say: Say, keep: Path | None = None) -> None:
    """Back up, list, verify, restore with the tool and once more by hand, compare; told line by line by `say`.

    `keep`: a folder that gets the bundle and `passphrase.txt`. Raises BackuptoolError when anything is not as it was.
    """
    begin = time.monotonic()
    temporary = Path(tempfile.gettempdir())
    with _kept(keep), staging(temporary, "set TMPDIR to a folder that can") as folder, postgresql() as server:
        password = Secret(secrets.token_urlsafe(24).encode())
        (folder / "store").mkdir()
        with webdav(folder / "store", USER, password) as url:
            demo = Demo(say, folder, server, url, password)
            demo.play()
            if keep is not None:
                demo.keep(keep)
    say(f"\nDone in {time.monotonic() - begin:.0f} s. Both servers are stopped, their files removed.")


@contextmanager
def _kept(folder: Path | None) -> Iterator[None]:
    """Make the folder that will get what is kept before anything else is done. Raises UsageError when it cannot be."""
    if folder is None:
        yield
        return
    new = not folder.exists()
    if folder.is_file() or (folder / "passphrase.txt").exists():
        raise UsageError(f"{folder} has something in it already", hint="name a new folder: --keep DIR")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}", hint="name a folder that can be written to") from error
    try:
        yield
    finally:
        if new and not any(folder.iterdir()):
            folder.rmdir()


@dataclass
class Demo:
    """One demonstration, in a folder of its own with its own servers."""

    say: Say
    folder: Path
    server: PostgreSQL
    url: str
    password: Secret
    step: int = 0

    def play(self) -> None:
        """All of it, in order."""
        self._say("A PostgreSQL server of its own, with a broker's database")
        self.server.psql((files("backuptool") / "data" / "broker.sql").read_text(encoding="utf-8"))
        rows = self._facts("broker")
        counts = [int(fact.split()[0]) for name, fact in rows.items() if name != "large objects"]
        self._print(f"{len(counts)} tables, {sum(counts):,} rows")
        self._say("A WebDAV server of its own (digest), a passphrase, a configuration")
        self._configure()
        self._print(f"{self.url}backups/")
        self._say("Back up: dump, compress, encrypt, upload, read back, compare, publish")
        self._tool("backup", "-v")
        self._say("What is in the store?")
        self._tool("list")
        self._say("Fetch it, authenticate it, decrypt it, see that it is whole")
        self._tool("verify")
        self._say("Restore it into a new database with the tool")
        self._tool("restore", "--into", "restored_by_tool")
        self._say("Restore it by hand: only tar, openssl, gunzip, psql, as RECOVER.txt says")
        self._by_hand("restored_by_hand")
        self._say("Compare every table of the original with both copies")
        self._compare(rows, {name: self._facts(name) for name in ("restored_by_tool", "restored_by_hand")})

    def keep(self, folder: Path) -> None:
        """Leave the bundle and its passphrase in `folder`."""
        shutil.copy(self._bundle, folder)
        shutil.copy(self.folder / "passphrase.txt", folder)
        self._print(f"\nKept: {folder / self._bundle.name}\n      {folder / 'passphrase.txt'}")

    @property
    def _bundle(self) -> Path:
        return next((self.folder / "store" / "backups").glob("*.tar"))

    def _configure(self) -> None:
        passphrase = base64.b64encode(secrets.token_bytes(33))
        for name, content in (("passphrase.txt", passphrase), ("password.txt", self.password.reveal())):
            (self.folder / name).touch(mode=0o600)
            (self.folder / name).write_bytes(content + b"\n")
        (self.folder / "demo.toml").write_text(
            f"""
state_dir = {_toml(self.folder / "state")}
[plans.broker]
passphrase_file = {_toml(self.folder / "passphrase.txt")}
[plans.broker.source]
database = "broker"
user = {_toml(self.server.user)}
host = {_toml(self.server.socket)}
shell = {{ type = "local", path = {_toml(self.server.programs)} }}
[[plans.broker.stores]]
type = "webdav"
url = {_toml(f"{self.url}backups/")}
user = {_toml(USER)}
password_file = {_toml(self.folder / "password.txt")}
""",
            encoding="utf-8",
        )

    def _tool(self, *words: str) -> None:
        self._print(f"$ backuptool {' '.join(words)}")
        self._command([sys.executable, "-m", "backuptool", "--config", f"{self.folder}/demo.toml", *words], self.folder)

    def _by_hand(self, database: str) -> None:
        place = self.folder / "by_hand"
        place.mkdir()
        self._print(f"$ tar -xkf {self._bundle.name}")
        self._command(["tar", "-xkf", str(self._bundle)], place)
        with tarfile.open(self._bundle) as tar:
            recover = tar.extractfile("RECOVER.txt")
            text = recover.read() if recover else b""
        for name in ("check", "decrypt", "restore"):
            self._print(f"$ sh {name}")
            self._command(
                ["sh", "-c", script(text, name)],
                place,
                PASSPHRASE_FILE=f"{self.folder}/passphrase.txt",
                TARGET_DB=database,
            )

    def _command(self, argv: list[str], place: Path, **more: str) -> None:
        environment = {
            **os.environ, "PGHOST": str(self.server.socket), "PGUSER": self.server.user, **more,
            "PATH": f"{self.server.programs}:{os.environ['PATH']}",
        }  # fmt: skip
        done = subprocess.run(
            argv, cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        for line in done.stdout.splitlines():
            self._print(f"  {line}")
        if done.returncode != 0:
            raise BackuptoolError(f"that ended with exit code {done.returncode}", hint="this should not be; see above")

    def _facts(self, database: str) -> dict[str, str]:
        """Rows and digest of each table, and of the large objects together."""
        tables = self.server.psql(TABLES, database).splitlines()
        facts = {table: self.server.psql(ROWS.format(table), database) for table in tables}
        return {**facts, "large objects": self.server.psql(LARGE_OBJECTS, database)}

    def _compare(self, original: dict[str, str], copies: dict[str, dict[str, str]]) -> None:
        width = max(map(len, original))
        for table, fact in original.items():
            verdict = ["same" if copy.get(table) == fact else "DIFFERENT" for copy in copies.values()]
            self._print(f"{table:{width}}  {int(fact.split()[0]):>7,}  tool: {verdict[0]}  by hand: {verdict[1]}")
        if any(copy != original for copy in copies.values()):
            raise VerificationError("a copy differs from the original", hint="this should not be; see above")
        self._print("Every table is the same in all three databases.")

    def _say(self, text: str) -> None:
        self.step += 1
        self.say(f"\n{self.step}. {text}")

    def _print(self, text: str) -> None:
        self.say(f"   {text}" if not text.startswith("\n") else text)


def _toml(text: object) -> str:
    """A TOML string; JSON quotes and escapes in the same way."""
    return json.dumps(str(text), ensure_ascii=False)
