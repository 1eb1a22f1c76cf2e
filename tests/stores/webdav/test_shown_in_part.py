"""A server that shows strangers a part of what is there, and asks nobody who reads for a password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.secret import Secret
from backuptool.stores.webdav.credentials import Credentials, Scheme
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import LEFTOVER, NAME
from tests.stores.davserver import CREDENTIALS, USER, Authentication, dav_server
from tests.stores.faults import status
from tests.stores.faulty_proxy import Answer, Exchange, Fault, FaultyProxy, faulty_proxy
from tests.stores.webdav.conftest import QUICK

CHANGES = frozenset({"PUT", "MOVE", "DELETE", "MKCOL"})
SHOWN = NAME.replace("23T", "22T")
WRONG = Credentials(USER, Secret(b"wrong"))


def in_part(code: int) -> Fault:
    """To who brings no password, NAME and LEFTOVER are not shown, and `code` is said of each."""
    hidden = rb"(?s)<(\w+):response>(?:(?!</\1:response>).)*(?:%s|%s)</.*?</\1:response>"
    hidden %= NAME.encode(), LEFTOVER.encode()

    def fault(exchange: Exchange) -> None:
        answer = exchange.forward(exchange.receive())
        if "authorization" not in exchange.headers:
            is_hidden = exchange.path.rpartition("/")[2] in {NAME, LEFTOVER}
            answer = Answer(code if is_hidden else answer.status, answer.headers, re.sub(hidden, b"", answer.body))
        exchange.answer(answer)

    return fault


@pytest.fixture(params=["digest", "basic"])
def authentication(request: pytest.FixtureRequest) -> Authentication:
    scheme: Authentication = request.param
    return scheme


@pytest.fixture(params=[403, 404])
def proxy(root: Path, authentication: Authentication, request: pytest.FixtureRequest) -> Iterator[FaultyProxy]:
    (root / "backups").mkdir()
    for name in (NAME, SHOWN, LEFTOVER):
        (root / "backups" / name).write_bytes(b"x")
    with dav_server(root, authentication, only=CHANGES) as server, faulty_proxy(server.port) as running:
        for method in ("PROPFIND", "GET"):
            running.on(method, in_part(request.param), times=100_000, anybody=True)
        yield running
        running.forget()


def store_at(proxy: FaultyProxy, credentials: Credentials | None = CREDENTIALS) -> WebDavStore:
    return WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", credentials, QUICK)


def test_a_listing_is_that_of_who_has_the_password(proxy: FaultyProxy) -> None:
    """Else what is newest, what is kept and what is too old would be said of a part."""
    assert [stored.name for stored in store_at(proxy).list()] == [SHOWN, NAME]
    assert len([one for one in proxy.seen if one.headers.get("depth") == "1"]) == 1


def test_who_has_no_password_is_shown_what_strangers_are(proxy: FaultyProxy) -> None:
    assert [stored.name for stored in store_at(proxy, None).list()] == [SHOWN]


def test_what_strangers_are_not_shown_is_read_and_deleted(proxy: FaultyProxy, authentication: Scheme) -> None:
    """Also where the password may not be brought unasked."""
    store = store_at(proxy, replace(CREDENTIALS, scheme=authentication))
    assert b"".join(store.open(NAME)) == b"x"
    store.delete(NAME)
    assert [stored.name for stored in store.list()] == [SHOWN]


def test_leftovers_that_strangers_are_not_shown_are_cleared(proxy: FaultyProxy, root: Path) -> None:
    store_at(proxy).clear(NAME)
    assert {entry.name for entry in (root / "backups").iterdir()} == {NAME, SHOWN}


def test_a_wrong_password_is_no_reason_to_list_a_part(proxy: FaultyProxy) -> None:
    with pytest.raises(StoreError, match="refuses the user name or password"):
        store_at(proxy, WRONG).list()


@pytest.mark.parametrize("code", [403, 404])
def test_where_nothing_asks_for_the_password_it_is_brought(proxy: FaultyProxy, code: int) -> None:
    """Unless it is for digest only: a part is no listing then."""
    proxy.on("DELETE", status(code), times=100_000, anybody=True)
    assert [stored.name for stored in store_at(proxy, replace(CREDENTIALS, scheme="basic")).list()] == [SHOWN, NAME]
    before = len(proxy.seen)
    with pytest.raises(StoreError, match="asked for no password") as caught:
        store_at(proxy, replace(CREDENTIALS, scheme="digest")).list()
    assert "wants no credentials here" in caught.value.hint
    assert [one.method for one in proxy.seen[before:]] == ["PROPFIND", "DELETE", "PROPFIND"]
    assert not any("authorization" in one.headers for one in proxy.seen[before:])


def test_who_may_not_bring_the_password_unasked_is_asked_for_it_once(root: Path, bundle: Path) -> None:
    """Of a server that needs none, by who insists on digest."""
    with dav_server(root, "none") as server, faulty_proxy(server.port) as proxy:
        store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", replace(CREDENTIALS, scheme="digest"), QUICK)
        store.put(bundle, NAME)
        assert [one.method for one in proxy.seen].count("DELETE") == 2
