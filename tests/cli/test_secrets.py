"""A secret is in no argument list, no environment and no log, and what is written is its owner's alone.

Each program that the commands run stands behind a recorder of both.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_round_trip import Host
from tests.pings import pinged
from tests.stores.davserver import PASSWORD, DavServer

PASSPHRASE = "correct horse battery staple"
PING = "5f0d-s3cret"
OURS = ("tar", "openssl", "ssh-keygen")
SERVERS = ("pg_dump", "pg_dumpall", "pg_restore", "psql")


class Recorded:
    """A host whose programs are recorded; `said`: all that was printed."""

    def __init__(self, host: Host) -> None:
        self.host, self.said, self.bin = host, "", host.folder / "bin"
        self.bin.mkdir()
        programs = host.server.programs
        real = {name: shutil.which(name) for name in OURS} | {name: f"{programs}/{name}" for name in SERVERS}
        for name, path in real.items():
            if path:
                self.behind_a_recorder(name, path)
        host.config.write_text(host.config.read_text().replace(f'path = "{programs}"', f'path = "{self.bin}"'))

    def behind_a_recorder(self, name: str, path: str) -> Path:
        made = self.bin / name
        made.write_text(
            f'#!/bin/sh\n{{ echo "{name}" "$@"; tr "\\0" "\\n" < /proc/$$/environ; }} >> {self.host.folder}/seen\n'
            f'exec {path} "$@"\n'
        )
        made.chmod(0o755)
        return made

    def ok(self, *words: str) -> None:
        path = f"{self.bin}:{os.environ['PATH']}"
        done = self.host.run("-vv", "--config", str(self.host.config), *words, PATH=path)
        assert done.returncode == 0, done.stderr
        self.said += done.stdout + done.stderr

    @property
    def seen(self) -> str:
        return (self.host.folder / "seen").read_text()


@pytest.fixture
def recorded(host: Host, dav: DavServer) -> Iterator[Recorded]:
    """It stores where a password is asked for, and tells whoever has a secret address."""
    assert PASSPHRASE in (host.folder / "passphrase.txt").read_text()
    with pinged() as server:
        made = Recorded(host)
        assert PING in server.url
        hook = made.behind_a_recorder("hook", "true")
        told = f'notify = {{ ping_url = "{server.url}" }}\nhooks = {{ before = ["{hook}"], after = ["{hook}"] }}\n'
        host.config.write_text(host.config.read_text().replace("[plans.broker]\n", f"[plans.broker]\n{told}", 1))
        yield made


def test_no_program_and_no_log_of_any_command_sees_a_secret(recorded: Recorded) -> None:
    recorded.ok("backup")
    for words in (("list",), ("verify",), ("check",), ("doctor",), ("drill",), ("restore", "--into", "secretly")):
        recorded.ok(*words)
    recorded.host.server.psql("drop database secretly")
    seen = recorded.seen
    assert {line.split()[0] for line in seen.splitlines() if line} >= {"tar", "openssl", "pg_dump", "psql", "hook"}
    for secret in (PASSPHRASE, PASSWORD, PING):
        assert secret not in seen
        assert secret not in recorded.said


def test_one_that_is_handed_to_a_program_would_be_seen(recorded: Recorded) -> None:
    hook = recorded.behind_a_recorder("hook", "true")
    subprocess.run([hook, PASSPHRASE], env={"PATH": os.environ["PATH"], "X": PASSWORD}, check=True)
    assert PASSPHRASE in recorded.seen
    assert PASSWORD in recorded.seen


def test_what_is_written_is_for_its_owner_alone_whatever_the_umask(host: Host) -> None:
    """As docs/security.md has it, of the store, the state, and what `decrypt` makes."""
    (host.folder / "here").mkdir()
    before = set(host.folder.rglob("*"))
    umask = os.umask(0)
    try:
        for words in (("backup",), ("verify",), ("drill",), ("list",)):
            host.ok(*words)
        host.ok("decrypt", str(host.bundle()), "--output", str(host.folder / "here" / "dump.sql.gz"))
    finally:
        os.umask(umask)
    made = {path.relative_to(host.folder): path for path in set(host.folder.rglob("*")) - before}
    modes = {str(name): path.stat().st_mode & 0o777 for name, path in made.items()}
    assert modes == {
        "store": 0o700, f"store/{host.bundle().name}": 0o600, "here/dump.sql.gz": 0o600,
        "state": 0o700, "state/ledger.jsonl": 0o600, "state/broker.lock": 0o600,
    }  # fmt: skip
