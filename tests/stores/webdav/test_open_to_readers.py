"""A server that lists to everybody and asks for the password only when something is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.secret import Secret
from backuptool.stores.webdav.credentials import Credentials, Scheme
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS, USER, Authentication, DavServer, dav_server
from tests.stores.faults import status
from tests.stores.faulty_proxy import FaultyProxy, faulty_proxy
from tests.stores.places import Folder
from tests.stores.webdav.conftest import QUICK

CHANGES = frozenset({"PUT", "MOVE", "DELETE", "MKCOL"})


@pytest.fixture(params=["digest", "basic"])
def server(root: Path, request: pytest.FixtureRequest) -> Iterator[DavServer]:
    authentication: Authentication = request.param
    with dav_server(root, authentication, only=CHANGES) as running:
        yield running


@pytest.mark.parametrize("made", [True, False])
def test_the_password_is_sent_where_it_is_asked_for(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, made: bool
) -> None:
    if made:
        place.path.mkdir()
    store.put(bundle, NAME)
    assert b"".join(store.open(NAME)) == bundle.read_bytes()
    store.delete(NAME)
    assert place.names() == set()
    assert not any("authorization" in one.headers for one in proxy.seen[: 2 if made else 1])


@pytest.mark.parametrize("code", [400, 409, 410, 501])
def test_what_a_server_says_of_removing_what_is_not_there_matters_to_nobody(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, code: int
) -> None:
    place.path.mkdir()
    proxy.on("DELETE", status(code))
    store.put(bundle, NAME)
    assert place.names() == {NAME}


@pytest.mark.parametrize("code", [207, 400, 403, 405, 409, 423, 501])
def test_what_is_not_there_is_said_to_be_missing_whatever_is_said_of_removing_nothing(root: Path, code: int) -> None:
    """To see whether a change needs the password, what nobody has is removed."""
    (root / "backups").mkdir()
    with dav_server(root, "none") as server, faulty_proxy(server.port) as proxy:
        rule = proxy.on("DELETE", status(code), times=100_000, anybody=True)
        with pytest.raises(StoreError, match="there is no"):
            next(iter(WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK).open(NAME)))
        assert rule.met
        proxy.forget()


def test_the_body_goes_once_and_with_the_password(store: WebDavStore, proxy: FaultyProxy, bundle: Path) -> None:
    """A server that refuses early resets the connection under a body, and its 401 is lost."""
    store.put(bundle, NAME)
    (put,) = [request for request in proxy.seen if request.method == "PUT"]
    assert "authorization" in put.headers


def test_a_wrong_password_is_said_before_the_body_is_sent(proxy: FaultyProxy, place: Folder, bundle: Path) -> None:
    place.path.mkdir()
    store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", Credentials(USER, Secret(b"wrong")), QUICK)
    with pytest.raises(StoreError, match="refuses the user name or password"):
        store.put(bundle, NAME)
    assert "PUT" not in {request.method for request in proxy.seen}
    assert place.names() == set()


def test_without_a_password_it_says_so(proxy: FaultyProxy, place: Folder, bundle: Path) -> None:
    place.path.mkdir()
    store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", None, QUICK)
    with pytest.raises(StoreError, match=r"refuses the user name or password.*\(401\)"):
        store.put(bundle, NAME)


@pytest.mark.parametrize(
    ("authentication", "scheme", "brought"), [("basic", "any", [True]), ("digest", "digest", [False, True])]
)
def test_a_server_that_asks_only_for_the_upload_gets_it_a_second_time_where_digest_is_insisted_on(
    root: Path, bundle: Path, authentication: Authentication, scheme: Scheme, brought: list[bool]
) -> None:
    """Else the password is brought unasked, for 404 to the DELETE before may be said to strangers only."""
    (root / "backups").mkdir()
    with dav_server(root, authentication, only=frozenset({"PUT"})) as server, faulty_proxy(server.port) as proxy:
        credentials = replace(CREDENTIALS, scheme=scheme)
        WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", credentials, QUICK).put(bundle, NAME)
        puts = [request for request in proxy.seen if request.method == "PUT"]
        assert ["authorization" in put.headers for put in puts] == brought
    assert (root / "backups" / NAME).read_bytes() == bundle.read_bytes()


def test_a_server_that_lets_nobody_delete_takes_a_backup_all_the_same(root: Path, bundle: Path) -> None:
    """What is asked before the upload is a DELETE of a name that nothing has."""
    (root / "backups").mkdir()
    with dav_server(root, "none") as server, faulty_proxy(server.port) as proxy:
        proxy.on("DELETE", status(403), anybody=True)
        WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK).put(bundle, NAME)
    assert (root / "backups" / NAME).read_bytes() == bundle.read_bytes()


def test_a_folder_that_is_missing_is_an_empty_list_once_the_password_was_asked_for(store: WebDavStore) -> None:
    assert store.list() == []


@pytest.mark.parametrize("credentials", [None, CREDENTIALS])
def test_a_folder_that_is_missing_where_no_password_is_needed_is_an_empty_list(
    root: Path, credentials: Credentials | None
) -> None:
    with dav_server(root, "none") as server:
        assert WebDavStore(f"{server.url}backups", credentials, QUICK).list() == []


@pytest.mark.parametrize("authentication", ["digest", "none"])
def test_a_folder_that_no_upload_would_make_is_no_empty_list(root: Path, authentication: Authentication) -> None:
    """Only the last part of a path is made: a word in the url is wrong."""
    with dav_server(root, authentication) as server:
        store = WebDavStore(f"{server.url}no/backups", CREDENTIALS if authentication == "digest" else None, QUICK)
        with pytest.raises(StoreError, match="nor is the folder above it"):
            store.list()


@pytest.mark.parametrize("credentials", [None, CREDENTIALS])
@pytest.mark.parametrize("said", [200, 202, 204, 404])
def test_a_file_that_the_server_says_is_gone_and_still_lists_was_not_deleted(
    root: Path, credentials: Credentials | None, said: int
) -> None:
    """Strangers may change nothing, or nobody may: who prunes must not say that it is removed."""
    (root / "backups").mkdir()
    (root / "backups" / NAME).write_bytes(b"x")
    with dav_server(root, "none") as server, faulty_proxy(server.port) as proxy:
        proxy.on("DELETE", status(said), part=NAME, anybody=True)
        with pytest.raises(StoreError, match="still lists it") as caught:
            WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", credentials, QUICK).delete(NAME)
        assert "delete" in caught.value.hint


def test_an_upload_that_is_forbidden_to_everybody_is_not_sent_again(root: Path, bundle: Path) -> None:
    (root / "backups").mkdir()
    with dav_server(root, "none") as server, faulty_proxy(server.port) as proxy:
        forbidden = proxy.on("PUT", status(403), times=100_000, anybody=True)
        with pytest.raises(StoreError, match="403"):
            WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK).put(bundle, NAME)
        assert forbidden.met == 1
        proxy.forget()
