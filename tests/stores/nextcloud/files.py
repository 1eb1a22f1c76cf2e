"""The user's files: /remote.php/dav/files/USER/…, and the same under /remote.php/webdav/…"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from tests.stores.nextcloud import multistatus
from tests.stores.nextcloud.checksums import checked, hashed
from tests.stores.nextcloud.exchange import Exchange, Refused
from tests.stores.nextcloud.places import allowed, destination, local, part, room
from tests.stores.nextcloud.server import FILES, LEGACY, Nextcloud

_RECALCULATE = "x-recalculate-hash"
_HASHES = {"md5", "sha1", "sha256", "sha512"}


class Files:
    """One request to `path`."""

    def __init__(self, server: Nextcloud, exchange: Exchange) -> None:
        self._server = server
        self._exchange = exchange
        self._base = FILES if exchange.path.startswith(FILES) else LEGACY
        self._path = local(server, self._base, exchange.path)

    def check(self) -> None:
        """What can be said of a PUT before its body. Raises Refused."""
        allowed(self._path)
        if not self._path.parent.is_dir():
            status = 404 if self._server.kind == "nextcloud" else 409
            raise Refused(status, f"File with name {self._path.parent.name} could not be located")
        if self._path.is_dir():
            raise Refused(409, "PUT is not allowed on non-files.")
        room(self._server, self._exchange, self._exchange.length)

    def propfind(self) -> None:
        """Depth 1 and infinity: the collection and what is in it."""
        with self._server.lock:
            self._exists()
            paths = [self._path]
            if self._path.is_dir() and self._exchange.headers.get("depth", "infinity") != "0":
                paths += sorted(self._path.iterdir())
            nodes = [self._node(path) for path in paths]
        multistatus.answer(self._exchange, nodes)

    def mkcol(self) -> None:
        """201; 405 when there is one, 409 without a parent."""
        if self._path.exists():
            raise Refused(405, "The resource you tried to create already exists")
        if not self._path.parent.is_dir():
            raise Refused(409, "Parent node does not exist")
        self._path.mkdir()
        self._exchange.answer(201)

    def put(self) -> None:
        """201, or 204 for a name that was there, whose old content is lost even when the body is cut."""
        self.check()
        was_there = self._path.exists()
        arriving = self._server.arriving / secrets.token_hex(8)
        try:
            self._exchange.save(arriving)
            claim = self._exchange.headers.get("oc-checksum", "")
            self._server.sums[self._path] = checked(self._server, claim, arriving)
            headers = self._hash_asked_for(arriving)
            with self._server.lock:
                arriving.replace(self._path)
        except Refused:
            if was_there and self._server.kind == "nextcloud":
                self._path.write_bytes(b"")
            raise
        finally:
            arriving.unlink(missing_ok=True)
        self._exchange.answer(204 if was_there else 201, headers)

    def patch(self) -> None:
        """Nextcloud's X-Recalculate-Hash: the hash of what is stored, and from then on its checksum."""
        algorithm = self._exchange.headers.get(_RECALCULATE, "").lower()
        known = self._server.kind == "nextcloud" and self._server.recalculates
        self._exists()
        if not known or algorithm not in _HASHES or self._path.is_dir():
            raise Refused(501, "There was no plugin that was willing to handle this PATCH method.")
        value = hashed(algorithm, self._path)
        if self._server.lies:
            value = hashed(algorithm, Path(__file__))
        self._server.sums[self._path] = f"{algorithm.upper()}:{value}"
        self._exchange.answer(204, {"OC-Checksum": self._server.sums[self._path]})

    def get(self) -> None:
        """All of it, or one range."""
        self._exists()
        if self._path.is_dir():
            raise Refused(405, "This is the WebDAV interface. It can only be accessed by WebDAV clients.")
        size = self._path.stat().st_size
        first, last = part(self._exchange.headers.get("range", ""), size)
        is_part = "range" in self._exchange.headers and (first, last) != (0, size)
        headers = {"Content-Length": str(last - first), "Accept-Ranges": "bytes"}
        if is_part:
            headers["Content-Range"] = f"bytes {first}-{last - 1}/{size}"
        if self._server.sums.get(self._path):
            headers["OC-Checksum"] = self._server.sums[self._path]
        self._exchange.begin(206 if is_part else 200, headers)
        if self._exchange.method != "HEAD":
            self._send(first, last)

    def delete(self) -> None:
        """A collection with everything in it."""
        with self._server.lock:
            self._exists()
            if self._path.is_dir():
                shutil.rmtree(self._path)
            else:
                self._path.unlink()
        self._exchange.answer(204)

    def move(self) -> None:
        """201, or 204 over another file; `Overwrite: F` and a name that is taken: 412, the source there or not."""
        with self._server.lock:
            target = destination(self._server, self._exchange)
            self._exists()
            status = HTTPStatus.NO_CONTENT if target.exists() else HTTPStatus.CREATED
            self._path.replace(target)
            self._server.sums[target] = self._server.sums.pop(self._path, "")
        self._exchange.answer(status)

    def _exists(self) -> None:
        if not self._path.exists():
            raise Refused(404, f"File with name {self._path.name} could not be located")

    def _hash_asked_for(self, path: Path) -> dict[str, str]:
        algorithm = self._exchange.headers.get("x-hash", "").lower()
        if self._server.kind != "nextcloud" or algorithm not in _HASHES:
            return {}
        return {f"X-Hash-{algorithm.upper()}": hashed(algorithm, path)}

    def _node(self, path: Path) -> multistatus.Node:
        relative = path.relative_to(self._server.files).as_posix()
        shown = self._base if relative == "." else f"{self._base}/{relative}"
        found = path.stat()
        if path.is_dir():
            available = self._server.available()
            quota = -3 if available is None else available
            return multistatus.Node(shown, None, found.st_mtime, used=self._server.used(), available=quota)
        return multistatus.Node(shown, found.st_size, found.st_mtime, self._server.sums.get(path, ""))

    def _send(self, first: int, last: int) -> None:
        with self._path.open("rb") as file:
            file.seek(first)
            while first < last and (block := file.read(min(1 << 20, last - first))):
                self._exchange.write(block)
                first += len(block)


VERBS: dict[str, Callable[[Files], None]] = {
    "PROPFIND": Files.propfind,
    "MKCOL": Files.mkcol,
    "PUT": Files.put,
    "PATCH": Files.patch,
    "GET": Files.get,
    "HEAD": Files.get,
    "DELETE": Files.delete,
    "MOVE": Files.move,
}
