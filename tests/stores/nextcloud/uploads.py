"""Uploads in chunks: /remote.php/dav/uploads/USER/ID/NNNNN, put together by a MOVE of ID/.file."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from tests.stores.nextcloud import multistatus
from tests.stores.nextcloud.assembly import assemble, chunks
from tests.stores.nextcloud.exchange import Exchange, Refused
from tests.stores.nextcloud.places import destination, room
from tests.stores.nextcloud.server import UPLOADS, Assembly, Nextcloud

MOST = 10_000
LARGEST = 5 << 30


class Uploads:
    """One request to an upload's folder, to a chunk in it, or to its `.file`."""

    def __init__(self, server: Nextcloud, exchange: Exchange) -> None:
        self._server = server
        self._exchange = exchange
        parts = [part for part in exchange.path.removeprefix(UPLOADS).split("/") if part]
        if len(parts) > 2 or ".." in parts:
            raise Refused(403, "Permission denied to create file")
        self._id, self._name = (*parts, "", "")[:2]
        self._folder = server.uploads / self._id

    def check(self) -> None:
        """What can be said of a chunk before its body; ownCloud asks for no room. Raises Refused."""
        self._exists()
        if not self._name:
            raise Refused(409, "PUT is not allowed on non-files.")
        if self._server.kind == "nextcloud" and not self._exchange.headers.get("destination"):
            raise Refused(400, "Skipping chunked file writing as the destination header was not passed")
        if not self._name.isascii() or not self._name.isdecimal():
            raise Refused(400, "Invalid chunk name, must be numeric between 1 and 10000")
        if self._server.kind == "nextcloud":
            if not 1 <= int(self._name) <= MOST:
                raise Refused(400, "Invalid chunk name, must be numeric between 1 and 10000")
            if self._exchange.length > LARGEST:
                raise Refused(400, "EntityTooLarge: your proposed upload exceeds the maximum allowed size")
            room(self._server, self._exchange, self._exchange.length)
        if self._under_way():
            raise Refused(423, "The upload is being put together")

    def mkcol(self) -> None:
        """201, again 405; Nextcloud must be told the Destination here already."""
        if not self._id or self._name:
            raise Refused(405, "The resource you tried to create already exists")
        if self._folder.exists():
            raise Refused(405, "The resource you tried to create already exists")
        if self._server.kind == "nextcloud" and not self._exchange.headers.get("destination"):
            raise Refused(400, "Skipping chunked file writing as the destination header was not passed")
        self._folder.mkdir()
        self._exchange.answer(201)

    def put(self) -> None:
        """201, again 204; of a chunk that was cut ownCloud keeps what came, unless there was one before it."""
        self.check()
        with self._server.lock:
            self._server.at_once += 1
            self._server.most_at_once = max(self._server.most_at_once, self._server.at_once)
            self._server.lock.notify_all()
        arriving = self._server.arriving / secrets.token_hex(8)
        chunk = self._folder / self._name
        try:
            self._receive(arriving, is_new=not chunk.exists())
            with self._server.lock:  # the upload may be deleted meanwhile: all of it, then, or before
                self._exists()
                was_there = chunk.exists()
                arriving.replace(chunk)
        finally:
            arriving.unlink(missing_ok=True)
            with self._server.lock:
                self._server.at_once -= 1
        self._exchange.answer(204 if was_there else 201)

    def propfind(self) -> None:
        """The folder; with Depth 1 the finished chunks and `.file`, whose size is their sum."""
        self._exists()
        if self._name:
            nodes = [node for node in self._nodes() if node.path.endswith(f"/{self._name}")]
            if not nodes:
                raise Refused(404, f"File with name {self._name} could not be located")
        else:
            nodes = [multistatus.Node(f"{UPLOADS}/{self._id}", None, self._folder.stat().st_mtime)]
            nodes += self._nodes() if self._exchange.headers.get("depth", "infinity") != "0" else []
        multistatus.answer(self._exchange, nodes)

    def get(self) -> None:
        """Chunks cannot be read back."""
        raise Refused(405, "Reading intermediate uploads is not allowed")

    def delete(self) -> None:
        """A chunk, or the whole upload."""
        with self._server.lock:
            self._exists()
            if self._name:
                (self._folder / self._name).unlink()
            else:
                shutil.rmtree(self._folder)
        self._exchange.answer(204)

    def move(self) -> None:
        """Put the chunks together under the Destination; then the upload is gone."""
        with self._server.lock:
            target = destination(self._server, self._exchange)
            self._exists()
            if self._name != ".file":
                raise Refused(403, "Only .file can be moved")
            if self._under_way():
                raise Refused(423, "The upload is being put together")
            self._compare()
            if self._server.polls:
                self._server.assemblies.append(Assembly(self._id, target, self._server.polls))
                raise Refused(504, "Gateway Time-out")
            status = HTTPStatus.NO_CONTENT if target.exists() else HTTPStatus.CREATED
            assemble(self._server, self._id, target, self._exchange.headers.get("oc-checksum", ""))
        self._exchange.answer(status)

    def _receive(self, arriving: Path, *, is_new: bool) -> None:
        try:
            self._exchange.save(arriving)
        except Refused:
            if self._server.kind == "nextcloud" or not is_new:
                raise

    def _compare(self) -> None:
        sizes = [chunk.stat().st_size for chunk in chunks(self._folder)]
        total = self._exchange.headers.get("oc-total-length")
        if total is not None and total != str(sum(sizes)):
            raise Refused(400, f"Chunks on server do not sum up to {total} but to {sum(sizes)} bytes")
        if self._server.kind == "nextcloud" and any(size < self._server.smallest for size in sizes[:-1]):
            raise Refused(400, "EntityTooSmall: your proposed upload is smaller than the minimum allowed size")
        room(self._server, self._exchange, sum(sizes))

    def _exists(self) -> None:
        if not self._folder.is_dir():
            raise Refused(404, f"File with name {self._id} could not be located")

    def _under_way(self) -> bool:
        return any(assembly.upload == self._id for assembly in self._server.assemblies)

    def _nodes(self) -> list[multistatus.Node]:
        if not self._id:
            return [multistatus.Node(f"{UPLOADS}/{one.name}", None, 0) for one in self._folder.iterdir()]
        found = chunks(self._folder)
        stats = [(chunk.name, chunk.stat()) for chunk in found]
        whole = (".file", sum(stat.st_size for _, stat in stats), self._folder.stat().st_mtime)
        entries = [whole, *((name, stat.st_size, stat.st_mtime) for name, stat in stats)]
        return [multistatus.Node(f"{UPLOADS}/{self._id}/{name}", size, at) for name, size, at in entries]


VERBS: dict[str, Callable[[Uploads], None]] = {
    "PROPFIND": Uploads.propfind,
    "MKCOL": Uploads.mkcol,
    "PUT": Uploads.put,
    "GET": Uploads.get,
    "HEAD": Uploads.get,
    "DELETE": Uploads.delete,
    "MOVE": Uploads.move,
}
