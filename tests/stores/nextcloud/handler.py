"""From a connection to the part of the fake that answers: who may, where to, what is said before a body."""

from __future__ import annotations

import base64
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.stores.davserver import PASSWORD, USER
from tests.stores.nextcloud import capabilities, files, uploads
from tests.stores.nextcloud.assembly import go_on
from tests.stores.nextcloud.exchange import Exchange, Refused
from tests.stores.nextcloud.files import Files
from tests.stores.nextcloud.server import FILES, LEGACY, UPLOADS, Nextcloud
from tests.stores.nextcloud.uploads import Uploads

_AUTHORIZATION = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Nextcloud", charset="UTF-8"'}


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True  # else the body of each answer waits 40 ms for the client's delayed ACK
    fake: Nextcloud

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._do
        raise AttributeError(name)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def handle_expect_100(self) -> bool:
        """A client that waits hears no before it sends its body."""
        exchange = Exchange(self)
        try:
            self._may(exchange)
            self._check(exchange)
        except Refused as refusal:
            self._remember(exchange)
            exchange.answer_early(refusal)
            return False
        return super().handle_expect_100()

    def _do(self) -> None:
        exchange = Exchange(self)
        self._remember(exchange)
        try:
            self._may(exchange)
            self._act(exchange)
        except Refused as refusal:
            body = refusal.body()
            exchange.answer(refusal.status, {"Content-Type": "application/xml", **refusal.headers}, body)

    def _remember(self, exchange: Exchange) -> None:
        with self.fake.lock:
            self.fake.requests.append(exchange.asked)

    def _may(self, exchange: Exchange) -> None:
        if len(set(self.headers.get_all("Content-Length", []))) > 1:  # RFC 9112, section 6.3: every server refuses it
            raise Refused(400, "Bad Request")
        if exchange.path != "/status.php" and exchange.headers.get("authorization") != _AUTHORIZATION:
            raise Refused(401, "Cannot authenticate over ajax calls", _CHALLENGE)
        if self.fake.largest_body is not None and exchange.length > self.fake.largest_body:
            raise Refused(413, "Request Entity Too Large")

    def _check(self, exchange: Exchange) -> None:
        part = self._part(exchange)
        if part is not None and exchange.method == "PUT":
            part.check()

    def _part(self, exchange: Exchange) -> Files | Uploads | None:
        path = exchange.path.rstrip("/") + "/"
        if path.startswith(f"{UPLOADS}/"):
            return Uploads(self.fake, exchange)
        if path.startswith((f"{FILES}/", f"{LEGACY}/")):
            return Files(self.fake, exchange)
        return None

    def _act(self, exchange: Exchange) -> None:
        go_on(self.fake)
        part = self._part(exchange)
        if isinstance(part, Files):
            _verb(files.VERBS, exchange)(part)
        elif part is not None:
            _verb(uploads.VERBS, exchange)(part)
        elif exchange.path == "/status.php":
            capabilities.status(self.fake, exchange)
        elif exchange.path == "/ocs/v2.php/cloud/capabilities":
            capabilities.capabilities(self.fake, exchange)
        elif exchange.path == "/ocs/v2.php/cloud/user":
            capabilities.user(self.fake, exchange)
        else:
            raise Refused(404, "Sabre\\DAV\\Exception\\NotFound")


def _verb(verbs: dict[str, Any], exchange: Exchange) -> Any:
    if exchange.method not in verbs:
        raise Refused(501, f"There was no plugin that was willing to handle this {exchange.method} method.")
    return verbs[exchange.method]
