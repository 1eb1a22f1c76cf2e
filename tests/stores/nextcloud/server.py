"""The fake's state and what may be set."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.stores.davserver import USER
from tests.stores.nextcloud.exchange import Asked

FILES = f"/remote.php/dav/files/{USER}"
LEGACY = "/remote.php/webdav"
UPLOADS = f"/remote.php/dav/uploads/{USER}"

Kind = Literal["nextcloud", "owncloud"]


@dataclass
class Assembly:
    """A MOVE of .file that goes on after its 504: the way there, and how many requests it outlives."""

    upload: str
    target: Path
    left: int


@dataclass
class Nextcloud:
    """A server that runs; sizes in bytes. Tests may change what is set, while it runs too.

    `max_chunk` and `parallel` are what the capabilities announce; `smallest` is enforced on all chunks but the last;
    `largest_body`: 413 above; `polls`: the assembly is answered 504 and done that many requests later, with 423 to MOVE
    meanwhile; `lies`: PATCH answers the hash of other bytes; `recalculates`: whether it knows X-Recalculate-Hash.
    """

    root: Path
    kind: Kind = "nextcloud"
    max_chunk: int = 100 << 20
    parallel: int = 5
    smallest: int = 5 << 20
    quota: int | None = None
    largest_body: int | None = None
    polls: int = 0
    lies: bool = False
    recalculates: bool = True
    port: int = 0
    requests: list[Asked] = field(default_factory=list)
    sums: dict[Path, str] = field(default_factory=dict)
    assemblies: list[Assembly] = field(default_factory=list)
    most_at_once: int = 0
    at_once: int = 0
    lock: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        for folder in (self.files, self.uploads, self.arriving):
            folder.mkdir()

    @property
    def files(self) -> Path:
        """What lies behind the user's files."""
        return self.root / "files"

    @property
    def uploads(self) -> Path:
        """A folder for each upload, a file for each finished chunk."""
        return self.root / "uploads"

    @property
    def arriving(self) -> Path:
        """Bodies that are not there in full."""
        return self.root / "arriving"

    @property
    def folder(self) -> Path:
        """What lies behind `url`; not made yet."""
        return self.files / "backups"

    @property
    def url(self) -> str:
        """The address of a folder in the user's files, without its slash."""
        return f"{self.origin}{FILES}/backups"

    @property
    def legacy_url(self) -> str:
        """The same folder, as people copy it from old pages."""
        return f"{self.origin}{LEGACY}/backups"

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    def available(self) -> int | None:
        """Bytes left of the quota, None without one."""
        return None if self.quota is None else self.quota - self.used()

    def used(self) -> int:
        """Bytes in the user's files; uploads under way do not count."""
        with self.lock:
            return sum(path.stat().st_size for path in self.files.rglob("*") if path.is_file())

    def expire(self) -> None:
        """24 hours without a request: every upload under way is gone."""
        with self.lock:
            self.assemblies.clear()
            for folder in self.uploads.iterdir():
                shutil.rmtree(folder)

    def methods(self) -> list[str]:
        """The methods of all requests that were let in, in order."""
        return [asked.method for asked in self.requests if asked.status != 401]

    def chunks(self) -> list[Asked]:
        """The requests that put a chunk."""
        return [asked for asked in self.requests if asked.method == "PUT" and asked.path.startswith(UPLOADS)]
