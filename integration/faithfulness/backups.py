"""A database backed up by a plan and restored by the tool, and what its backup says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from backuptool.backup import backup
from backuptool.bundle import Bundle, Keys, names, opened
from backuptool.config import check_config
from backuptool.contents import Contents, Definitions, Scan
from backuptool.passphrase import read_passphrase
from backuptool.restore import restore
from backuptool.sources.pg_dump import OPTIONS
from backuptool.sources.server import Server
from integration.faithfulness.servers import Running

NAMING = ("\\set target_db ", "-- Name: ", "-- Database ")  # what has the database's own name in it


@dataclass(frozen=True, slots=True)
class Backup:
    """What is in a bundle: contents, definitions, the SQL that makes the database and its roles."""

    path: Path
    contents: Contents
    definitions: Definitions
    database: list[str]
    roles: list[str]


def backed_up(running: Running, database: str, folder: Path) -> Backup:
    """A backup of `database`, made in the new `folder`."""
    folder.mkdir()
    passphrase = folder / "passphrase.txt"
    passphrase.touch(mode=0o600)
    passphrase.write_text("correct horse battery staple")
    plan = {
        "passphrase_file": passphrase, "kdf": "sop", "source": running.source(database),
        "stores": [{"type": "directory", "path": folder / "store", "create": True}],
    }  # fmt: skip
    made = backup(check_config({"state_dir": folder, "plans": {"a": plan}}, "").plan("a"), datetime.now(UTC))
    path = folder / "store" / made.name
    with opening(path) as bundle:
        definitions = Definitions()
        for _ in Scan(definitions).watch(bundle.expanded(names.SQL)):
            pass
        return Backup(
            path, bundle.contents, definitions, lines(bundle, names.DATABASE), lines(bundle, names.GLOBALS)
        )  # fmt: skip


@contextmanager
def opening(path: Path) -> Iterator[Bundle]:
    """The bundle at `path`, authenticated."""
    with opened(path, Keys.of(read_passphrase(path.parents[1] / "passphrase.txt"))) as bundle:
        yield bundle


def lines(bundle: Bundle, suffix: str) -> list[str]:
    """A member's lines, without the name that its database had."""
    expanded = b"".join(bundle.expanded(suffix)).decode("utf-8", "surrogateescape")
    return [line for line in expanded.split("\n") if not line.startswith(NAMING)]


def restored(backup: Backup, running: Running, name: str) -> None:
    """Restore it into the new database `name`."""
    with opening(backup.path) as bundle:
        restore(bundle, running.on(), name)


def rows_of(server: Server, copy: bytes) -> tuple[int, int, str]:
    """What a COPY statement prints: lines, bytes, sha256."""
    printed = b"".join(server.read(server.psql("-c", copy.decode(), options=OPTIONS)))
    return printed.count(b"\n"), len(printed), hashlib.sha256(printed).hexdigest()
