"""Where the cases run: a server, the proxy that fails in front of it, and a server elsewhere that nobody should ask."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from tests.serving import serving
from tests.stores.davserver import dav_server
from tests.stores.faulty_proxy import FaultyProxy, faulty_proxy
from tests.stores.nextcloud import Kind, Nextcloud, nextcloud
from tests.stores.nextcloud.server import FILES
from tests.stores.places import Folder

CHUNK = 100_000  # bytes


@dataclass
class Elsewhere:
    """Answers 200 to everything; `asked` holds what it was asked."""

    url: str = ""
    asked: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Ground:
    """One thread's servers."""

    proxy: FaultyProxy
    served: Path
    path: str
    elsewhere: Elsewhere
    cloud: Nextcloud | None = None

    def chunks(self) -> set[str]:
        """The folders of uploads under way, those of others too."""
        return {folder.name for folder in self.cloud.uploads.iterdir()} if self.cloud else set()

    def collection(self) -> tuple[str, Folder]:
        """One that is not there yet: its address through the proxy, and what lies behind."""
        name = secrets.token_hex(8)
        return f"http://127.0.0.1:{self.proxy.port}{self.path}{name}", Folder(self.served / name)


@contextmanager
def wsgidav(folder: Path) -> Iterator[Ground]:
    """wsgidav with digest."""
    folder.mkdir()
    with elsewhere() as other, dav_server(folder) as server, faulty_proxy(server.port, remembering=False) as proxy:
        yield Ground(proxy, folder, "/", other)


@contextmanager
def cloud(folder: Path, kind: Kind) -> Iterator[Ground]:
    """A Nextcloud or ownCloud whose chunks are small."""
    with (
        elsewhere() as other,
        nextcloud(folder, kind, max_chunk=CHUNK, smallest=CHUNK) as server,
        faulty_proxy(server.port, remembering=False) as proxy,
    ):
        yield Ground(proxy, server.files, f"{FILES}/", other, server)


@contextmanager
def several(kind: str, folder: Path, count: int) -> Iterator[list[Ground]]:
    """`count` grounds of the `kind` in `folder`."""
    with ExitStack() as stack:
        made = []
        for number in range(count):
            place = folder / f"{kind}{number}"
            made.append(stack.enter_context(wsgidav(place) if kind == "wsgidav" else cloud(place, cast("Kind", kind))))
        yield made


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """A running one."""
    found = Elsewhere()

    class Handler(BaseHTTPRequestHandler):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self._answer
            raise AttributeError(name)

        def _answer(self) -> None:
            found.asked.append(f"{self.command} {self.path}")
            self.send_response_only(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        found.url = f"http://127.0.0.1:{port}/login"
        yield found
