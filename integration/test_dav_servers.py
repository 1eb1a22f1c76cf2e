"""A WebDAV collection as a store, on the servers that people run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from backuptool.errors import StoreError
from backuptool.secret import Secret
from backuptool.stores import Store
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.store import WebDavStore
from integration.davservers import CREDENTIALS, Served, Server
from integration.davservers.apache import apache
from integration.davservers.lighttpd import lighttpd
from integration.davservers.nginx import nginx
from integration.davservers.rclone import rclone
from tests.contracts.store import LEFTOVER, NAME, ODD, OTHERS, StoreContract
from tests.stores.faulty_proxy import Exchange, faulty_proxy
from tests.stores.webdav.conftest import QUICK

LIMIT = 80 << 20
# A machine that runs other suites too is slow at times.
LIMITS = replace(QUICK, connect=60, metadata=60, stall=60, answer=60, move=60, total=500, asking=500)


class RealServer(StoreContract):
    """Subclasses give the fixture `server`; each test has a collection of its own there."""

    @pytest.fixture
    def collection(self, server: Server) -> tuple[str, Served]:
        return server.collection()

    @pytest.fixture
    def store(self, collection: tuple[str, Served]) -> WebDavStore:
        return WebDavStore(collection[0], CREDENTIALS, LIMITS)

    @pytest.fixture
    def place(self, collection: tuple[str, Served]) -> Served:
        return collection[1]

    def test_own_leftovers_are_removed_and_no_others(self, store: WebDavStore, small: Path, place: Served) -> None:
        for name in (LEFTOVER, OTHERS, "notes.txt"):
            place.write(name, b"half")
        store.put(small, NAME)
        assert place.names() == {NAME, OTHERS, "notes.txt"}

    def test_a_look_ahead_leaves_nothing_but_the_collection(self, store: WebDavStore, place: Served) -> None:
        """Above 64 MiB it begins a PUT, of which some servers keep an empty file.

        Apache writes to `.davfs.tmp…` first, and removes that itself once it sees that the connection has ended.
        """
        store.check(NAME, 100 << 20)
        assert place.path.is_dir()
        assert [name for name in place.names() if not name.startswith(".davfs.tmp")] == []

    def test_a_proxy_in_front_may_have_another_name_for_it(
        self, collection: tuple[str, Served], small: Path, place: Served
    ) -> None:
        """The Destination then names another server than it takes itself for."""

        def renamed(exchange: Exchange) -> None:
            exchange.answer(exchange.forward(exchange.receive(), host="backend.example"))

        url = urlsplit(collection[0])
        with faulty_proxy(url.port or 0) as proxy:
            proxy.on("MOVE", renamed, times=3)
            store = WebDavStore(f"http://127.0.0.1:{proxy.port}{url.path}", CREDENTIALS, LIMITS)
            store.put(small, NAME)
            proxy.forget()
        assert place.names() == {NAME}

    def test_a_missing_parent_is_said(self, collection: tuple[str, Served], small: Path, server: Server) -> None:
        with pytest.raises(StoreError, match="the folder above it does not exist"):
            WebDavStore(f"{collection[0]}/a", CREDENTIALS, LIMITS).put(small, NAME)
        assert not collection[1].path.exists()

    def test_a_wrong_password_is_said_at_once(self, collection: tuple[str, Served], small: Path) -> None:
        wrong = Credentials(CREDENTIALS.user, Secret(b"wrong"))
        with pytest.raises(StoreError, match=r"refuses the user name or password \(401\)"):
            WebDavStore(collection[0], wrong, LIMITS).put(small, NAME)
        assert not collection[1].path.exists()


class OpenToReaders(RealServer):
    """Who changes something is asked for the password, nobody else."""

    def test_who_lists_shows_the_password(self, collection: tuple[str, Served], store: WebDavStore) -> None:
        """For strangers may be shown a part."""
        collection[1].write("notes.txt", b"x")
        for anybody in (store, WebDavStore(collection[0], None, LIMITS)):
            assert [one.name for one in anybody.list()] == ["notes.txt"]
        wrong = Credentials(CREDENTIALS.user, Secret(b"wrong"))
        with pytest.raises(StoreError, match=r"refuses the user name or password \(401\)"):
            WebDavStore(collection[0], wrong, LIMITS).list()


@pytest.mark.parametrize(
    "limited",
    [
        partial(apache, "Digest", LIMIT),
        partial(apache, "Basic", LIMIT),
        partial(nginx, LIMIT),
        partial(lighttpd, LIMIT),
    ],
    ids=["apache digest", "apache basic", "nginx", "lighttpd"],
)
def test_a_limit_of_bodies_is_found_before_there_is_one(limited: Callable[[], AbstractContextManager[Server]]) -> None:
    with limited() as server:
        url, place = server.collection()
        store = WebDavStore(url, CREDENTIALS, replace(LIMITS, early=60))  # all of these answer
        store.check(NAME, LIMIT)
        with pytest.raises(StoreError, match=r"too large for the server \(413\)"):
            store.check(NAME, LIMIT + 1)
        assert [name for name in place.names() if not name.startswith(".davfs.tmp")] == []


class TestApacheDigest(RealServer):
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[Server]:
        with apache("Digest") as running:
            yield running


class TestApacheWhereANonceIsGoodForOneRequest(RealServer):
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[Server]:
        with apache("Digest", lifetime=0) as running:
            yield running


class TestApacheThatIsOpenToReaders(OpenToReaders):
    @pytest.fixture(scope="class", params=["Digest", "Basic"])
    @classmethod
    def server(cls, request: pytest.FixtureRequest) -> Iterator[Server]:
        with apache(request.param, open_to_readers=True) as running:
            yield running


class TestApacheBasic(RealServer):
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[Server]:
        with apache("Basic") as running:
            yield running


class TestLighttpd(RealServer):
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[Server]:
        with lighttpd() as running:
            yield running


class Nginx(RealServer):
    """dav-ext leaves names with a leading dot out of every listing; no bundle is named so."""

    @pytest.mark.parametrize("name", [name for name in ODD if not name.startswith(".")])
    def test_odd_names_are_kept_as_they_are(self, store: Store, small: Path, name: str) -> None:
        super().test_odd_names_are_kept_as_they_are(store, small, name)

    def test_a_hidden_name_is_kept_but_nginx_lists_none(self, store: WebDavStore, small: Path) -> None:
        store.put(small, ".hidden")
        assert store.list() == []
        assert b"".join(store.open(".hidden")) == small.read_bytes()
        store.delete(".hidden")
        with pytest.raises(StoreError, match="there is no"):
            b"".join(store.open(".hidden"))


class TestNginx(Nginx):
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[Server]:
        with nginx() as running:
            yield running


class TestNginxThatIsOpenToReaders(Nginx, OpenToReaders):
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[Server]:
        with nginx(open_to_readers=True) as running:
            yield running


class TestNginxThatShowsStrangersAPart(Nginx):
    """By `map $remote_user`: who brings no name reads another folder."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[Server]:
        with nginx(open_to_readers=True, strangers="public") as running:
            yield running

    def test_who_lists_sees_what_strangers_do_not(self, collection: tuple[str, Served], store: WebDavStore) -> None:
        url, place = collection
        shown = Served(place.path.parent.with_name("public") / place.path.name)
        for there in (place, shown):
            there.write("shown.txt", b"x")
        place.write("hidden.txt", b"x")
        assert [one.name for one in WebDavStore(url, None, LIMITS).list()] == ["shown.txt"]
        assert [one.name for one in store.list()] == ["hidden.txt", "shown.txt"]


class TestRclone(RealServer):
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[Server]:
        with rclone() as running:
            yield running
