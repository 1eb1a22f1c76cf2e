"""ownCloud's check of the sum that comes with a file: believed only where it was seen on the way the file takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.stores.webdav import Way
from tests.contracts.store import NAME
from tests.stores.faults import flipped, shortened, status, without_header
from tests.stores.faulty_proxy import Exchange, Fault, FaultyProxy
from tests.stores.nextcloud import Nextcloud, nextcloud
from tests.stores.webdav.clouds.conftest import CHUNK, is_stored, opened, through
from tests.stores.webdav.conftest import QUICK

WAYS = [("plain", "PUT", "/files/"), ("chunked", "MOVE", "/uploads/")]  # what the sum comes with


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Nextcloud]:
    with nextcloud(tmp_path / "cloud", "owncloud", max_chunk=CHUNK, smallest=CHUNK) as running:
        yield running


@pytest.mark.parametrize(("way", "method", "part"), WAYS)
def test_a_sum_that_never_reaches_the_server_is_not_believed(
    server: Nextcloud, proxy: FaultyProxy, big: Path, way: Way, method: str, part: str
) -> None:
    """It announces to check sums, and does: but something in front drops the header where the sum is sent."""
    proxy.on(method, without_header("oc-checksum"), times=99, part=part)
    assert opened(server, way, url=through(proxy, server)).put(big, NAME) == "download"
    assert is_stored(server, big)


def test_a_flipped_chunk_is_found_where_only_a_put_is_checked(server: Nextcloud, proxy: FaultyProxy, big: Path) -> None:
    proxy.on("MOVE", without_header("oc-checksum"), times=99, part="/uploads/")
    proxy.on("PUT", flipped, part="00002")
    with pytest.raises(StoreError, match="stored other bytes"):
        opened(server, "chunked", url=through(proxy, server)).put(big, NAME)
    assert not list(server.folder.iterdir())
    assert not list(server.uploads.iterdir())


@pytest.mark.parametrize(("way", "method", "part"), WAYS)
def test_a_refusal_for_another_reason_is_no_check_of_sums(
    server: Nextcloud, proxy: FaultyProxy, big: Path, way: Way, method: str, part: str
) -> None:
    """The right sum must be taken where a wrong one was refused."""

    def finicky(exchange: Exchange) -> None:
        if exchange.length > 1 or exchange.headers.get("oc-total-length", "1") != "1":
            exchange.answer(exchange.forward(exchange.receive(), without=("oc-checksum",)))
        else:
            status(400, body=b"bad request")(exchange)

    proxy.on(method, finicky, times=99, part=part)
    assert opened(server, way, url=through(proxy, server)).put(big, NAME) == "download"
    assert is_stored(server, big)


@pytest.mark.parametrize("code", [403, 409, 412, 415, 422])
@pytest.mark.parametrize(("way", "method", "part"), WAYS)
def test_a_wrong_sum_may_be_refused_in_other_words(
    server: Nextcloud, proxy: FaultyProxy, big: Path, way: Way, method: str, part: str, code: int
) -> None:
    proxy.on(method, status(code), part=part)  # the wrong one is tried first
    assert opened(server, way, url=through(proxy, server)).put(big, NAME) == "server-hash"
    assert is_stored(server, big)


@pytest.mark.parametrize(("way", "least", "most"), [("plain", 2, 6), ("chunked", 4, 12)])
def test_the_trial_is_a_few_small_requests(server: Nextcloud, big: Path, way: Way, least: int, most: int) -> None:
    server.folder.mkdir()
    assert opened(server, way).put(big, NAME) == "server-hash"
    tried = len(server.requests)
    opened(server, way, verify="size").put(big, f"2{NAME}")
    untried = len(server.requests) - tried
    assert least <= tried - untried <= most


@pytest.mark.parametrize("fault", [flipped, shortened(1000)])
def test_a_body_that_the_server_finds_altered_is_sent_again(
    server: Nextcloud, proxy: FaultyProxy, big: Path, fault: Fault
) -> None:
    proxy.on("PUT", fault, passing=2)
    assert opened(server, "plain", url=through(proxy, server)).put(big, NAME) == "server-hash"
    assert is_stored(server, big)


def test_a_body_that_is_altered_each_time_is_given_up_soon_and_said(
    server: Nextcloud, proxy: FaultyProxy, big: Path
) -> None:
    altered = proxy.on("PUT", flipped, times=99, passing=2)
    with pytest.raises(StoreError, match="not what was sent") as caught:
        opened(server, "plain", url=through(proxy, server)).put(big, NAME)
    assert "changes what passes" in caught.value.hint
    assert altered.met == QUICK.few_attempts
    assert not list(server.folder.iterdir())
