"""Nextcloud and ownCloud: chunks; their own sums; what they only claim is not believed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.errors import Interrupted, StoreError
from backuptool.interruption import listen
from backuptool.secret import Secret
from backuptool.stores import Proof
from backuptool.stores.webdav import Way
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME, StoreContract
from tests.interrupting import listening
from tests.stores.davserver import CREDENTIALS, dav_server
from tests.stores.faults import done_but, flipped, status
from tests.stores.faulty_proxy import Exchange, faulty_proxy
from tests.stores.nextcloud import Kind, Nextcloud, nextcloud
from tests.stores.places import Folder
from tests.stores.webdav.clouds.conftest import CHUNK, LIMITS, SIZE, is_stored, opened
from tests.stores.webdav.conftest import QUICK


@pytest.mark.parametrize("kind", ["nextcloud", "owncloud"], scope="class")
@pytest.mark.parametrize("way", ["auto", "plain", "chunked"], scope="class")
class TestClouds(StoreContract):
    @pytest.fixture
    def cloud(self, kind: Kind, tmp_path: Path) -> Iterator[Nextcloud]:
        with nextcloud(tmp_path / "cloud", kind, max_chunk=CHUNK, smallest=CHUNK) as running:
            yield running

    @pytest.fixture
    def place(self, cloud: Nextcloud) -> Folder:
        return Folder(cloud.folder)

    @pytest.fixture
    def store(self, cloud: Nextcloud, way: Way) -> WebDavStore:
        return opened(cloud, way)


@pytest.mark.parametrize("legacy", [False, True])
def test_what_exceeds_one_chunk_goes_up_in_chunks(cloud: Nextcloud, big: Path, legacy: bool) -> None:
    opened(cloud, url=cloud.legacy_url if legacy else cloud.url).put(big, NAME)
    assert is_stored(cloud, big)
    sent = [chunk.sent for chunk in cloud.chunks() if chunk.sent > 1]  # one byte: the trial at ownCloud
    assert sent.count(CHUNK) == 4
    assert sum(sent) == SIZE


def test_no_more_than_two_chunks_go_up_at_once(cloud: Nextcloud, big: Path) -> None:
    opened(cloud, "chunked").put(big, NAME)
    assert cloud.most_at_once <= 2


def test_one_chunk_at_a_time_where_the_server_wants_it(tmp_path: Path, big: Path) -> None:
    with nextcloud(tmp_path / "cloud", max_chunk=CHUNK, smallest=CHUNK, parallel=1) as cloud:
        opened(cloud).put(big, NAME)
        assert is_stored(cloud, big)
        assert cloud.most_at_once == 1


@pytest.mark.parametrize("kind", ["nextcloud", "owncloud"])
@pytest.mark.parametrize("limit", [6 << 20, 12 << 20])
def test_chunks_get_smaller_where_a_proxy_in_front_takes_no_such_body(
    tmp_path: Path, big: Path, kind: Kind, limit: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The cloud announces 10 MB or names no size, and nginx in front of it has a client_max_body_size of its own."""
    with nextcloud(tmp_path / "cloud", kind, max_chunk=4 * CHUNK, smallest=CHUNK, largest_body=limit) as cloud:
        store = WebDavStore(cloud.url, CREDENTIALS, replace(LIMITS, chunk=4 * CHUNK))
        store.check(NAME, SIZE)
        store.put(big, NAME)
        assert is_stored(cloud, big)
    assert "too large for the server" in caplog.text


def test_what_one_chunk_would_hold_goes_up_in_chunks_where_the_body_is_too_large(tmp_path: Path, big: Path) -> None:
    with nextcloud(tmp_path / "cloud", max_chunk=2 * SIZE, smallest=CHUNK, largest_body=16 << 20) as cloud:
        opened(cloud).put(big, NAME)
        assert is_stored(cloud, big)


@pytest.mark.parametrize("way", ["auto", "plain", "chunked"])
def test_a_limit_below_the_smallest_chunk_is_said(tmp_path: Path, big: Path, way: Way) -> None:
    with nextcloud(tmp_path / "cloud", max_chunk=4 * CHUNK, smallest=CHUNK, largest_body=CHUNK - 1) as cloud:
        with pytest.raises(StoreError, match=r"too large for the server \(413\)"):
            opened(cloud, way).put(big, NAME)
        assert not list(cloud.folder.iterdir())
        assert not list(cloud.uploads.iterdir())


def test_a_server_that_takes_no_chunks_is_told_where_chunks_were_wanted(tmp_path: Path, big: Path) -> None:
    with dav_server(tmp_path) as server, pytest.raises(StoreError, match="no upload in chunks"):
        WebDavStore(f"{server.url}backups", CREDENTIALS, QUICK, upload="chunked").put(big, NAME)


def test_a_wrong_password_is_said_where_chunks_are_wanted(cloud: Nextcloud) -> None:
    """And not that the server takes none: who is not let in is not told what it can."""
    store = WebDavStore(cloud.url, replace(CREDENTIALS, password=Secret(b"wrong")), QUICK, upload="chunked")
    with pytest.raises(StoreError, match="refuses the user name or password"):
        store.check(NAME, SIZE)


@pytest.mark.parametrize("way", ["plain", "chunked"])
def test_the_servers_own_sum_is_proof_without_a_transfer(cloud: Nextcloud, big: Path, way: Way) -> None:
    assert opened(cloud, way).put(big, NAME) == "server-hash"
    assert is_stored(cloud, big)
    assert all("/ocs/" in asked.path for asked in cloud.requests if asked.method == "GET")


@pytest.mark.parametrize("way", ["plain", "chunked"])
def test_a_sum_of_other_bytes_is_refused_and_nothing_stays(tmp_path: Path, big: Path, way: Way) -> None:
    with nextcloud(tmp_path / "cloud", max_chunk=CHUNK, smallest=CHUNK, lies=True) as cloud:
        with pytest.raises(StoreError, match="stored other bytes"):
            opened(cloud, way).put(big, NAME)
        assert not list(cloud.folder.iterdir())
        assert not list(cloud.uploads.iterdir())


def test_a_nextcloud_that_makes_no_sum_is_read_back(tmp_path: Path, big: Path) -> None:
    with nextcloud(tmp_path / "cloud", max_chunk=CHUNK, smallest=CHUNK, recalculates=False) as cloud:
        assert opened(cloud).put(big, NAME) == "download"
        with pytest.raises(StoreError, match="makes no sum"):
            opened(cloud, verify="server-hash").put(big, f"2{NAME}")
        assert [path.name for path in cloud.folder.iterdir()] == [NAME]


@pytest.mark.parametrize(("wanted", "gets"), [("size", 0), ("download", 1)])
def test_what_is_asked_for_is_done(cloud: Nextcloud, big: Path, wanted: Proof, gets: int) -> None:
    assert opened(cloud, verify=wanted).put(big, NAME) == wanted
    asked = [asked for asked in cloud.requests if asked.method == "GET" and "/ocs/" not in asked.path]
    assert len(asked) == gets
    assert cloud.methods().count("PATCH") == 0


def test_chunks_that_expire_on_the_way_are_sent_again(cloud: Nextcloud, big: Path) -> None:
    def expired(exchange: Exchange) -> None:
        cloud.expire()
        exchange.answer(exchange.forward(exchange.receive()))

    with faulty_proxy(cloud.port) as proxy:
        proxy.on("PUT", expired, part="00003")
        opened(cloud, "chunked", url=cloud.url.replace(str(cloud.port), str(proxy.port))).put(big, NAME)
    assert is_stored(cloud, big)


def test_chunks_that_something_else_always_removes_are_said(cloud: Nextcloud, big: Path) -> None:
    """A copy of the machine that runs the same plan, say: to each the chunks of the other are an earlier run's."""

    def removed(exchange: Exchange) -> None:
        cloud.expire()
        exchange.answer(exchange.forward(exchange.receive()))

    with faulty_proxy(cloud.port) as proxy:
        proxy.on("PUT", removed, part="00003", times=3)
        with pytest.raises(StoreError, match="chunks are gone from the server") as caught:
            opened(cloud, "chunked", url=cloud.url.replace(str(cloud.port), str(proxy.port))).put(big, NAME)
    assert "another host of this name" in caught.value.hint
    assert not list(cloud.folder.iterdir())
    assert not list(cloud.uploads.iterdir())


def test_a_chunk_that_arrived_with_a_flipped_bit_is_found(cloud: Nextcloud, big: Path) -> None:
    """ownCloud sees it in its sum and gets all again; of a Nextcloud that has it, nothing is published."""
    with faulty_proxy(cloud.port) as proxy:
        proxy.on("PUT", flipped, part="00002")
        store = opened(cloud, "chunked", url=cloud.url.replace(str(cloud.port), str(proxy.port)))
        if cloud.kind == "owncloud":
            store.put(big, NAME)
            assert is_stored(cloud, big)
        else:
            with pytest.raises(StoreError, match="stored other bytes"):
                store.put(big, NAME)
            assert not list(cloud.folder.iterdir())
    assert not list(cloud.uploads.iterdir())


def test_a_signal_does_not_wait_for_a_chunk_that_nobody_answers(cloud: Nextcloud, big: Path) -> None:
    """The answer to a body may take 300 s, and systemd kills after 90."""

    waited: list[Exchange] = []

    def silent(exchange: Exchange) -> None:
        exchange.receive()
        os.kill(os.getpid(), signal.SIGTERM)
        exchange.wait_for_the_end()  # 30 s
        waited.append(exchange)

    with faulty_proxy(cloud.port) as proxy, listening():
        listen()
        proxy.on("PUT", silent)
        url = cloud.url.replace(str(cloud.port), str(proxy.port))
        store = WebDavStore(url, CREDENTIALS, replace(LIMITS, answer=60), upload="chunked")
        with pytest.raises(Interrupted):
            store.put(big, NAME)
        assert waited == []
    assert not list(cloud.folder.iterdir())


@pytest.mark.parametrize("polls", [1, 3, 8])
def test_an_assembly_that_outlives_its_answer_is_waited_for(tmp_path: Path, big: Path, polls: int) -> None:
    with nextcloud(tmp_path / "cloud", max_chunk=CHUNK, smallest=CHUNK, polls=polls) as cloud:
        opened(cloud).put(big, NAME)
        assert is_stored(cloud, big)
        assert sum(chunk.sent for chunk in cloud.chunks()) == SIZE


@pytest.mark.parametrize("code", [502, 503, 504, 423])
def test_an_assembly_that_goes_on_behind_a_proxy_that_has_given_up_is_waited_for(
    tmp_path: Path, big: Path, code: int
) -> None:
    with (
        nextcloud(tmp_path / "cloud", max_chunk=CHUNK, smallest=CHUNK, polls=9) as cloud,
        faulty_proxy(cloud.port) as proxy,
    ):
        proxy.on("MOVE", done_but(code), part="/uploads/", times=3)
        opened(cloud, url=cloud.url.replace(str(cloud.port), str(proxy.port))).put(big, NAME)
        assert is_stored(cloud, big)
        assert sum(chunk.sent for chunk in cloud.chunks()) == SIZE


def test_an_assembly_that_is_always_a_bad_gateway_points_at_the_proxy(tmp_path: Path, big: Path) -> None:
    with nextcloud(tmp_path / "cloud", max_chunk=CHUNK, smallest=CHUNK) as cloud, faulty_proxy(cloud.port) as proxy:
        proxy.on("MOVE", status(502), part="/uploads/", times=10_000)
        with pytest.raises(StoreError, match=r"\(502\)") as caught:
            opened(cloud, url=cloud.url.replace(str(cloud.port), str(proxy.port))).put(big, NAME)
        proxy.forget()
        assert "Destination" in caught.value.hint
        assert sum(chunk.sent for chunk in cloud.chunks()) == SIZE
        assert not list(cloud.folder.iterdir())
        assert not list(cloud.uploads.iterdir())


@pytest.mark.parametrize("kind", ["nextcloud", "owncloud"])
@pytest.mark.parametrize("way", ["plain", "chunked"])
def test_a_full_account_is_said_and_nothing_stays(tmp_path: Path, big: Path, way: Way, kind: Kind) -> None:
    with nextcloud(tmp_path / "cloud", kind, max_chunk=CHUNK, smallest=CHUNK, quota=SIZE - 1) as cloud:
        with pytest.raises(StoreError, match="full") as refused:
            opened(cloud, way).put(big, NAME)
        assert "free some space" in refused.value.hint
        assert not list(cloud.folder.iterdir())
        assert not list(cloud.uploads.iterdir())
        with pytest.raises(StoreError, match=f"{SIZE - 1} bytes left"):
            opened(cloud, way).check(NAME, SIZE)


def test_a_limit_of_bodies_is_found_before_there_is_one(tmp_path: Path) -> None:
    with nextcloud(tmp_path / "cloud", largest_body=100 << 20) as cloud:
        opened(cloud, "plain").check(NAME, 99 << 20)
        with pytest.raises(StoreError, match="too large for the server"):
            opened(cloud, "plain").check(NAME, 101 << 20)
        opened(cloud).check(NAME, 101 << 20)  # in chunks, each is small enough
        assert not list(cloud.folder.iterdir())


def test_a_user_who_logs_in_under_another_name_has_chunks_too(cloud: Nextcloud, big: Path) -> None:
    with faulty_proxy(cloud.port) as proxy:
        told = b'{"ocs": {"data": {"id": "ann"}}}'
        proxy.on("GET", status(200, body=told), part="/cloud/user")
        url = cloud.legacy_url.replace(str(cloud.port), str(proxy.port))
        opened(cloud, "chunked", url=url).put(big, NAME)
    assert is_stored(cloud, big)
