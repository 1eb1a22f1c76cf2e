"""What the server says about itself and its user: /ocs/v2.php/cloud/capabilities, …/user, and /status.php."""

from __future__ import annotations

import json
from typing import Any

from tests.stores.davserver import USER
from tests.stores.nextcloud.exchange import Exchange, Refused
from tests.stores.nextcloud.server import Nextcloud

_VERSIONS = {"nextcloud": "32.0.1", "owncloud": "11.0.0"}
_JSON = {"Content-Type": "application/json; charset=utf-8"}


def capabilities(server: Nextcloud, exchange: Exchange) -> None:
    """Its version and what it can."""
    version = _VERSIONS[server.kind]
    major, minor, micro = (int(part) for part in version.split("."))
    found = {
        "version": {"major": major, "minor": minor, "micro": micro, "string": version, "edition": ""},
        "capabilities": _of_nextcloud(server) if server.kind == "nextcloud" else _of_owncloud(),
    }
    _answer(server, exchange, found)


def user(server: Nextcloud, exchange: Exchange) -> None:
    """The id, which is the name in addresses, whatever was typed to log in."""
    _answer(server, exchange, {"id": USER, "display-name": USER.title(), "email": f"{USER}@example.org"})


def _answer(server: Nextcloud, exchange: Exchange, found: dict[str, Any]) -> None:
    """Nextcloud needs `OCS-APIRequest: true`: without it it fears a forgery."""
    if server.kind == "nextcloud" and exchange.headers.get("ocs-apirequest") != "true":
        raise Refused(412, "CSRF check failed")
    meta = {"status": "ok", "statuscode": 200, "message": "OK"}
    exchange.answer(200, _JSON, json.dumps({"ocs": {"meta": meta, "data": found}}).encode())


def _of_nextcloud(server: Nextcloud) -> dict[str, Any]:
    upload = {"max_size": server.max_chunk, "max_parallel_count": server.parallel}
    return {
        "core": {"pollinterval": 60, "webdav-root": "remote.php/webdav"},
        "dav": {"chunking": "1.0"},
        "files": {"bigfilechunking": True, "chunked_upload": upload},
    }


def _of_owncloud() -> dict[str, Any]:
    return {
        "core": {"pollinterval": 60000, "webdav-root": "remote.php/webdav"},
        "dav": {"chunking": "1.0"},
        "files": {"bigfilechunking": True},
        "checksums": {"supportedTypes": ["SHA1"], "preferredUploadType": "SHA1"},
    }


def status(server: Nextcloud, exchange: Exchange) -> None:
    """For everybody."""
    version = _VERSIONS[server.kind]
    found = {
        "installed": True,
        "maintenance": False,
        "needsDbUpgrade": False,
        "version": f"{version}.1",
        "versionstring": version,
        "productname": "Nextcloud" if server.kind == "nextcloud" else "ownCloud",
    }
    exchange.answer(200, _JSON, json.dumps(found).encode())
