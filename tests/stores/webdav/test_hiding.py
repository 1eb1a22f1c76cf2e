"""A server that hides from strangers what is there, or forbids it to them, and asks for no password."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.secret import Secret
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import LEFTOVER, NAME
from tests.stores.davserver import CREDENTIALS, USER, Authentication, dav_server
from tests.stores.faults import status
from tests.stores.faulty_proxy import Answer, Exchange, Fault, faulty_proxy
from tests.stores.webdav.conftest import QUICK

CHANGES = frozenset({"PUT", "MOVE", "DELETE", "MKCOL"})


def hidden(code: int) -> Fault:
    """To who brings no password the server says `code`, as if nothing were there (RFC 9110, 15.5.4)."""

    def fault(exchange: Exchange) -> None:
        if "authorization" in exchange.headers:
            exchange.answer(exchange.forward(exchange.receive()))
        else:
            status(code)(exchange)

    return fault


@pytest.mark.parametrize("code", [403, 404])
def test_what_a_server_hides_from_strangers_is_found_with_the_password(root: Path, bundle: Path, code: int) -> None:
    """A listing of nothing would be a lie."""
    (root / "backups").mkdir()
    with dav_server(root, "basic") as server, faulty_proxy(server.port) as proxy:
        proxy.on("PROPFIND", hidden(code), times=100_000, anybody=True)
        store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK)
        store.put(bundle, NAME)
        assert [stored.name for stored in store.list()] == [NAME]
        proxy.forget()


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_a_server_that_hides_and_is_busy_is_asked_again(root: Path, code: int) -> None:
    """That strangers are shown nothing means nothing."""
    (root / "backups").mkdir()
    (root / "backups" / NAME).write_bytes(b"x")
    with dav_server(root, "basic") as server, faulty_proxy(server.port) as proxy:
        busy = proxy.on("PROPFIND", status(code))
        proxy.on("PROPFIND", hidden(404), times=100_000, anybody=True)
        store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK)
        assert [stored.name for stored in store.list()] == [NAME]
        assert busy.met == 1
        proxy.forget()


@pytest.mark.parametrize("code", [302, 403, 407])
def test_a_server_that_hides_and_refuses_is_an_error(root: Path, code: int) -> None:
    (root / "backups").mkdir()
    with dav_server(root, "basic") as server, faulty_proxy(server.port) as proxy:
        proxy.on("PROPFIND", status(code))
        proxy.on("PROPFIND", hidden(404), times=100_000, anybody=True)
        with pytest.raises(StoreError, match=str(code)):
            WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK).list()
        proxy.forget()


@pytest.mark.parametrize("code", [403, 404])
@pytest.mark.parametrize("hiding", [("PROPFIND",), ("PROPFIND", "MKCOL", "PUT", "MOVE", "DELETE")])
def test_a_collection_is_made_where_a_server_hides(
    root: Path, bundle: Path, code: int, hiding: tuple[str, ...]
) -> None:
    with dav_server(root, "basic") as server, faulty_proxy(server.port) as proxy:
        for method in hiding:
            proxy.on(method, hidden(code), times=100_000, anybody=True)
        WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK).put(bundle, NAME)
        proxy.forget()
    assert (root / "backups" / NAME).read_bytes() == bundle.read_bytes()


@pytest.mark.parametrize("authentication", ["digest", "basic"])
def test_where_a_server_hides_all_a_wrong_password_is_said(root: Path, authentication: Authentication) -> None:
    (root / "backups").mkdir()
    with dav_server(root, authentication) as server, faulty_proxy(server.port) as proxy:
        proxy.on("PROPFIND", hidden(404), times=100_000, anybody=True)
        url = f"http://127.0.0.1:{proxy.port}/backups"
        with pytest.raises(StoreError, match="refuses the user name or password"):
            WebDavStore(url, Credentials(USER, Secret(b"wrong")), QUICK).list()
        proxy.forget()


def test_a_password_that_is_for_digest_only_is_never_shown_to_a_server_that_hides(root: Path) -> None:
    """And what it shows to strangers is no empty list: nobody has asked who we are."""
    with dav_server(root, "digest") as server, faulty_proxy(server.port) as proxy:
        for method in ("PROPFIND", "DELETE"):
            proxy.on(method, hidden(404), times=100_000, anybody=True)
        digest_only = replace(CREDENTIALS, scheme="digest")
        with pytest.raises(StoreError, match="is not there, or the server hides it"):
            WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", digest_only, QUICK).list()
        assert not any("authorization" in one.headers for one in proxy.seen)
        proxy.forget()


def test_what_a_server_hides_by_digest_is_found_where_a_change_is_challenged(root: Path) -> None:
    (root / "backups").mkdir()
    (root / "backups" / NAME).write_bytes(b"x")
    with dav_server(root, "digest") as server, faulty_proxy(server.port) as proxy:
        proxy.on("PROPFIND", hidden(404), times=100_000, anybody=True)
        digest_only = replace(CREDENTIALS, scheme="digest")
        store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", digest_only, QUICK)
        assert [stored.name for stored in store.list()] == [NAME]
        proxy.forget()


@pytest.mark.parametrize("authentication", ["digest", "basic"])
@pytest.mark.parametrize("hiding", [("PUT", "MOVE", "DELETE"), ("DELETE",), ("PUT", "DELETE"), ("MOVE", "DELETE")])
@pytest.mark.parametrize("code", [403, 404])
def test_a_server_that_shows_all_and_hides_changes_from_strangers_takes_a_backup(
    root: Path, bundle: Path, hiding: tuple[str, ...], authentication: Authentication, code: int
) -> None:
    """403 or 404 in place of 401 (RFC 9110, 15.5.4): nothing asks for the password, so it is brought unasked."""
    (root / "backups").mkdir()
    with dav_server(root, authentication, only=CHANGES) as server, faulty_proxy(server.port) as proxy:
        for method in hiding:
            proxy.on(method, hidden(code), times=100_000, anybody=True)
        store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK)
        store.put(bundle, NAME)
        assert (root / "backups" / NAME).read_bytes() == bundle.read_bytes()
        store.delete(NAME)
        assert len([request for request in proxy.seen if request.method == "PUT"]) == 1
        proxy.forget()
    assert not list((root / "backups").iterdir())


@pytest.mark.parametrize("method", ["PROPFIND", "DELETE"])
@pytest.mark.parametrize("code", [403, 404])
def test_a_wrong_password_that_was_brought_unasked_is_not_brought_again(
    root: Path, bundle: Path, method: str, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The challenge that answers it wants what it has got, and some servers make everybody wait after each refusal."""
    (root / "backups").mkdir()
    with dav_server(root, "basic", only=CHANGES | {method}) as server, faulty_proxy(server.port) as proxy:
        proxy.on(method, hidden(code), times=100_000, anybody=True)
        store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", Credentials(USER, Secret(b"wrong")), QUICK)
        with pytest.raises(StoreError, match="refuses the user name or password"):
            store.put(bundle, NAME)
        assert proxy.methods() == [method]
        proxy.forget()
    assert "unfinished" not in caplog.text  # nothing was sent, so that nothing stays


@pytest.fixture
def hiding(root: Path) -> Iterator[WebDavStore]:
    """A store of a file and a leftover that strangers get 404 for; only who changes is asked for digest."""
    (root / "backups").mkdir()
    for name in (NAME, LEFTOVER):
        (root / "backups" / name).write_bytes(b"x")
    with dav_server(root, "digest") as server, faulty_proxy(server.port) as proxy:
        for method in ("PROPFIND", "GET"):
            proxy.on(method, hidden(404), times=100_000, anybody=True)
        digest_only = replace(CREDENTIALS, scheme="digest")
        yield WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", digest_only, QUICK)
        proxy.forget()


def test_what_is_listed_can_be_read_and_deleted(hiding: WebDavStore, root: Path) -> None:
    """Though 404 was said to the stranger that each of them begins as."""
    assert b"".join(hiding.open(NAME)) == b"x"
    hiding.delete(NAME)
    assert hiding.list() == []
    assert not (root / "backups" / NAME).exists()


def test_leftovers_that_a_server_hides_are_cleared(hiding: WebDavStore, root: Path) -> None:
    hiding.clear(NAME)
    assert {entry.name for entry in (root / "backups").iterdir()} == {NAME}


@pytest.mark.parametrize("code", [403, 404])
def test_a_file_that_a_server_lists_to_strangers_and_gives_to_none_is_read(root: Path, code: int) -> None:
    (root / "backups").mkdir()
    (root / "backups" / NAME).write_bytes(b"x")
    with dav_server(root, "basic", only=CHANGES | {"GET"}) as server, faulty_proxy(server.port) as proxy:
        proxy.on("GET", hidden(code), times=100_000, anybody=True)
        store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK)
        assert b"".join(store.open(NAME)) == b"x"
        proxy.forget()


def test_an_upload_sees_what_a_server_hides(hiding: WebDavStore, root: Path, bundle: Path) -> None:
    with pytest.raises(StoreError, match="exists already"):
        hiding.put(bundle, NAME)
    hiding.put(bundle, NAME.replace("23T", "24T"))
    assert {entry.name for entry in (root / "backups").iterdir()} == {NAME, NAME.replace("23T", "24T")}


def hidden_unless_right(exchange: Exchange) -> None:
    """404 to who brings no password, or a wrong one."""
    answer = exchange.forward(exchange.receive())
    exchange.answer(Answer(404) if answer.status == 401 else answer)


def test_what_a_server_hides_from_a_wrong_password_is_no_empty_list(root: Path) -> None:
    """As long as it asks for one before a change: a server that needs none, and has no such folder, says the same."""
    (root / "backups").mkdir()
    (root / "backups" / NAME).write_bytes(b"x")
    with dav_server(root, "basic") as server, faulty_proxy(server.port) as proxy:
        proxy.on("PROPFIND", hidden_unless_right, times=100_000, anybody=True)
        url = f"http://127.0.0.1:{proxy.port}/backups"
        assert [stored.name for stored in WebDavStore(url, CREDENTIALS, QUICK).list()] == [NAME]
        with pytest.raises(StoreError, match="refuses the user name or password"):
            WebDavStore(url, Credentials(USER, Secret(b"wrong")), QUICK).list()
        proxy.forget()


def test_a_password_is_not_brought_unasked_for_a_change_where_somebody_could_read_along(root: Path) -> None:
    (root / "backups").mkdir()
    digest_only = replace(CREDENTIALS, scheme="digest")
    with dav_server(root, "basic", only=CHANGES) as server, faulty_proxy(server.port) as proxy:
        proxy.on("DELETE", hidden(403), times=100_000, anybody=True)
        (root / "backups" / NAME).write_bytes(b"x")
        with pytest.raises(StoreError, match="403"):
            WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", digest_only, QUICK).delete(NAME)
        assert not any("authorization" in one.headers for one in proxy.seen)
        proxy.forget()


def test_what_a_server_hides_from_a_wrong_password_in_all_it_says_is_no_empty_list(root: Path) -> None:
    """Not even a change is challenged: but then the folder above is hidden too, and no backup could be stored."""
    (root / "backups").mkdir()
    (root / "backups" / NAME).write_bytes(b"x")
    with dav_server(root, "basic") as server, faulty_proxy(server.port) as proxy:
        for method in ("PROPFIND", "DELETE"):
            proxy.on(method, hidden_unless_right, times=100_000, anybody=True)
        url = f"http://127.0.0.1:{proxy.port}/backups"
        assert [stored.name for stored in WebDavStore(url, CREDENTIALS, QUICK).list()] == [NAME]
        with pytest.raises(StoreError, match="nor is the folder above it") as caught:
            WebDavStore(url, Credentials(USER, Secret(b"wrong")), QUICK).list()
        assert "password" in caught.value.hint
        proxy.forget()


@pytest.mark.parametrize("code", [301, 401, 403, 405])
def test_a_folder_above_that_is_none_of_ours_is_no_reason_for_an_error(root: Path, code: int) -> None:
    """The server's root, say, of which WebDAV knows nothing."""
    with dav_server(root, "digest") as server, faulty_proxy(server.port) as proxy:
        store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK)
        proxy.on("PROPFIND", status(code), passing=1)
        assert store.list() == []
