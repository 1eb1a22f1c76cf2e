"""One database to back up: the commands that are timed, and the proof that what they made is the dump."""

from __future__ import annotations

import base64
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backuptool.bundle import Bundle, Keys, names
from backuptool.compression import decompress
from backuptool.errors import VerificationError
from backuptool.passphrase import read_passphrase
from backuptool.shells.stream import read
from backuptool.sources.pg_dump import OPTIONS
from integration.benchmark import unsent
from integration.benchmark.place import Place
from integration.benchmark.plain import Fingerprint, fingerprint


@dataclass(frozen=True, slots=True)
class Case:
    """A database at `place`, and the folder of its configuration, its work and its bundles."""

    place: Place
    database: str
    folder: Path
    kdf: str = "pbkdf2"

    @property
    def work(self) -> Path:
        """Where the tool keeps what is temporary."""
        return self.folder / "work"

    @property
    def store(self) -> Path:
        """Where finished bundles go."""
        return self.folder / "store"

    @property
    def config(self) -> Path:
        """The configuration's file."""
        return self.folder / "config.toml"

    def configure(self) -> None:
        """Make the folders, a passphrase and a configuration as a user has it."""
        for folder in (self.folder, self.work, self.store):
            folder.mkdir(mode=0o700)
        passphrase = self.folder / "passphrase.txt"
        passphrase.touch(mode=0o600)
        passphrase.write_bytes(base64.b64encode(secrets.token_bytes(33)) + b"\n")
        self.config.write_text(
            f"""
state_dir = "{self.folder}/state"
work_dir = "{self.work}"
[plans.bench]
passphrase_file = "{passphrase}"
kdf = "{self.kdf}"
[plans.bench.source]
database = "{self.database}"
user = "{self.place.server.user}"
host = "{self.place.server.host}"
shell = {self.place.shell}
[[plans.bench.stores]]
type = "directory"
path = "{self.store}"
"""
        )

    def dump(self) -> list[str]:
        """The pg_dump that the tool runs, by itself."""
        return list(self._pg_dump().formulate())

    def bundle(self) -> list[str]:
        """The pipeline up to the finished bundle."""
        return [sys.executable, "-m", unsent.__name__, str(self.config), "bench", str(self.store)]

    def backup(self) -> list[str]:
        """The whole command: stored, read back, compared, published."""
        return [sys.executable, "-m", "backuptool", "--config", str(self.config), "backup"]

    def reference(self) -> Fingerprint:
        """What every backup must hold."""
        return fingerprint(read(self._pg_dump()))

    def take(self, expected: Fingerprint) -> int:
        """Authenticate, decode and remove the one bundle that was made; its size in bytes. Raises VerificationError."""
        (path,) = self.store.iterdir()
        with Bundle.open(path) as bundle:
            bundle.authenticate(Keys.of(read_passphrase(self.folder / "passphrase.txt")), path.name)
            if fingerprint(decompress(bundle.plain(names.SQL))) != expected:
                raise VerificationError(f"{path.name} is not what pg_dump printed")
        size = path.stat().st_size
        path.unlink()
        return size

    def _pg_dump(self) -> Any:
        return self.place.server.on(self.database).command(
            "pg_dump", "-w", "-E", "UTF8", "--no-tablespaces", options=OPTIONS
        )
