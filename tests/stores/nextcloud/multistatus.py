"""The answer to a PROPFIND, as sabre/dav writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import quote
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from defusedxml.ElementTree import fromstring

from tests.stores.nextcloud.exchange import Exchange

_D, _OC = "{DAV:}", "{http://owncloud.org/ns}"
_PREFIX = {_D: "d:", _OC: "oc:"}
# Only when asked for by name: without a body sabre answers what RFC 4918 defines.
_NAMED_ONLY = {f"{_OC}checksums", f"{_OC}size"}


@dataclass(frozen=True)
class Node:
    """A resource: its decoded path, its size (None: a collection), seconds since the epoch."""

    path: str
    size: int | None
    modified: float
    checksum: str = ""
    used: int = 0
    available: int = -3

    def properties(self) -> dict[str, str]:
        """Name to XML."""
        tag = f"&quot;{int(self.modified * 1e6):x}{self.size or 0:x}&quot;"
        found = {f"{_D}getlastmodified": formatdate(self.modified, usegmt=True), f"{_D}getetag": tag}
        if self.size is None:
            found[f"{_D}resourcetype"] = "<d:collection/>"
            found[f"{_D}quota-used-bytes"] = str(self.used)
            found[f"{_D}quota-available-bytes"] = str(self.available)
            return found
        found[f"{_D}resourcetype"] = ""
        found[f"{_D}getcontentlength"] = found[f"{_OC}size"] = str(self.size)
        found[f"{_D}getcontenttype"] = "application/octet-stream"
        if self.checksum:
            found[f"{_OC}checksums"] = f"<oc:checksum>{escape(self.checksum)}</oc:checksum>"
        return found


def answer(exchange: Exchange, nodes: list[Node]) -> None:
    """207 with every node, its properties those that the request's body names."""
    body = exchange.read()
    wanted = _wanted(fromstring(body)) if body.strip() else None
    responses = "".join(_response(node, wanted) for node in nodes)
    xmlns = 'xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns"'
    text = f'<?xml version="1.0"?>\n<d:multistatus {xmlns}>{responses}</d:multistatus>\n'
    exchange.answer(207, {"Content-Type": "application/xml; charset=utf-8"}, text.encode())


def _wanted(root: Element) -> list[str] | None:
    prop = root.find(f"{_D}prop")
    return None if prop is None else [element.tag for element in prop]


def _response(node: Node, wanted: list[str] | None) -> str:
    known = node.properties()
    names = [name for name in known if name not in _NAMED_ONLY] if wanted is None else wanted
    good = "".join(_property(name, known[name]) for name in names if name in known)
    bad = "".join(_property(name, "") for name in names if name not in known)
    href = escape(quote(node.path + ("/" if node.size is None and not node.path.endswith("/") else "")))
    parts = _propstat(good, "200 OK") + _propstat(bad, "404 Not Found")
    return f"<d:response><d:href>{href}</d:href>{parts}</d:response>"


def _propstat(properties: str, status: str) -> str:
    if not properties:
        return ""
    return f"<d:propstat><d:prop>{properties}</d:prop><d:status>HTTP/1.1 {status}</d:status></d:propstat>"


def _property(name: str, content: str) -> str:
    namespace, local = re.fullmatch(r"(\{.*\})?(.*)", name).groups()  # type: ignore[union-attr] # matches everything
    if namespace in _PREFIX:
        return f"<{_PREFIX[namespace]}{local}>{content}</{_PREFIX[namespace]}{local}>"
    return f'<x:{local} xmlns:x="{escape((namespace or "{}")[1:-1])}">{content}</x:{local}>'
