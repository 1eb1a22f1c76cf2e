"""Asks the fake plainly, as the tests of its rules do."""

from __future__ import annotations

import base64
import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from tests.stores.davserver import PASSWORD, USER
from tests.stores.faulty_proxy import Answer
from tests.stores.nextcloud.server import FILES, UPLOADS, Nextcloud

AUTHORIZED = {"Authorization": "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()}


@dataclass(frozen=True)
class Client:
    """One request a connection."""

    server: Nextcloud

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """`headers`: OC_Checksum for OC-Checksum."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        try:
            connection.request(method, path, body or None, {**AUTHORIZED, **named})
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def status(self, method: str, path: str, body: bytes = b"", **headers: str) -> int:
        """The status alone."""
        return self.ask(method, path, body, **headers).status

    @contextmanager
    def begun(self, method: str, path: str, length: int, **headers: str) -> Iterator[socket.socket]:
        """A request whose headers were sent, and nothing of its body."""
        framed = {} if "Transfer_Encoding" in headers else {"Content-Length": str(length)}
        named = {"Host": "x", **framed, **AUTHORIZED}
        named.update((name.replace("_", "-"), value) for name, value in headers.items())
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items()), "", ""]
        with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
            connection.sendall("\r\n".join(lines).encode())
            yield connection

    def cut(self, path: str, length: int, sent: bytes, **headers: str) -> int:
        """The answer to a PUT whose body ends early."""
        with self.begun("PUT", path, length, **headers) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            return first_status(connection)


def first_status(connection: socket.socket) -> int:
    """Of the first answer that comes."""
    with connection.makefile("rb") as file:
        return int(file.readline().split()[1])


def header(answer: Answer, name: str) -> str | None:
    """The first of that name, however it is written."""
    return next((value for found, value in answer.headers if found.lower() == name.lower()), None)


def listed(answer: Answer) -> dict[str, Element]:
    """Of a PROPFIND: the good properties of each path, as it is written there."""
    found = {}
    for response in fromstring(answer.body).iterfind("{DAV:}response"):
        prop = response.find("{DAV:}propstat/{DAV:}prop")
        assert prop is not None
        found[response.findtext("{DAV:}href") or ""] = prop
    return found


def at(name: str) -> str:
    """The path of a file of the user."""
    return f"{FILES}/{name}"


def up(name: str) -> str:
    """The path of an upload, or in one."""
    return f"{UPLOADS}/{name}"
