"""The fake keeps the rules that were measured: who is let in, what is said before and after a body."""

from __future__ import annotations

import socket

import pytest

from tests.stores.nextcloud.client import Client, at, first_status, header, up


def test_only_basic_is_offered(client: Client) -> None:
    answer = client.ask("PROPFIND", at(""), Authorization="Basic eDp5")
    assert (answer.status, header(answer, "WWW-Authenticate")) == (401, 'Basic realm="Nextcloud", charset="UTF-8"')


def test_a_body_without_a_length_is_stored_as_nothing(client: Client) -> None:
    client.server.quota = 1
    with client.begun("PUT", at("f"), 0, Transfer_Encoding="chunked") as connection:
        connection.sendall(b"5\r\n12345\r\n0\r\n\r\n")
        assert first_status(connection) == 201
    assert client.ask("GET", at("f")).body == b""


@pytest.mark.parametrize(
    ("path", "length", "headers", "status"),
    [
        (at("f"), 5, {"Authorization": "Basic eDp5"}, 401),
        (at("x/f"), 5, {}, 404),
        (at("d"), 5, {}, 409),
        (at("f"), 101, {}, 413),
        (at("f"), 11, {}, 507),
        (up("ID/00001"), 5, {"Destination": at("f")}, 404),
        (at("f"), 5, {}, 100),
    ],
)
def test_a_client_that_waits_hears_no_before_it_sends(
    client: Client, path: str, length: int, headers: dict[str, str], status: int
) -> None:
    client.ask("MKCOL", at("d"))
    client.server.largest_body, client.server.quota = 100, 10
    with client.begun("PUT", path, length, Expect="100-continue", **headers) as connection:
        assert first_status(connection) == status


def test_two_lengths_are_refused(client: Client) -> None:
    """RFC 9112, section 6.3; http.client alone would take the first."""
    headers = {"Content-length": "0", "Expect": "100-continue"}
    with client.begun("PUT", at("f"), 5, **headers) as connection:
        assert first_status(connection) == 400


def test_who_does_not_wait_hears_no_after_the_body(client: Client) -> None:
    client.server.largest_body = 3
    with client.begun("PUT", at("f"), 4) as connection:
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1, socket.MSG_PEEK)
        connection.setblocking(True)
        connection.sendall(b"1234")
        assert first_status(connection) == 413


def test_requests_are_remembered(client: Client) -> None:
    client.ask("PUT", at("f"), b"12", OC_Total_Length="2")
    (asked,) = client.server.requests
    assert (asked.method, asked.path, asked.sent, asked.status) == ("PUT", at("f"), 2, 201)
    assert asked.headers["oc-total-length"] == "2"
