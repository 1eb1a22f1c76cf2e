"""A proof that keeps failing says nothing about the file: it is proven otherwise, or an error, but never sent again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.stores.webdav import Way
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS, dav_server
from tests.stores.faults import lost, stalled, status
from tests.stores.faulty_proxy import Fault, FaultyProxy
from tests.stores.nextcloud import Nextcloud, nextcloud
from tests.stores.webdav.clouds.conftest import CHUNK, LIMITS, SIZE, is_stored, opened, through
from tests.stores.webdav.conftest import QUICK


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Nextcloud]:
    with nextcloud(tmp_path / "cloud", max_chunk=CHUNK, smallest=CHUNK) as running:
        yield running


def sent(server: Nextcloud) -> int:
    return sum(asked.sent for asked in server.requests if asked.method == "PUT")


@pytest.mark.parametrize("way", ["plain", "chunked"])
@pytest.mark.parametrize("fault", [status(504), status(500), status(423), status(524), lost])
def test_a_sum_that_cannot_be_had_is_no_reason_to_send_the_file_again(
    server: Nextcloud, proxy: FaultyProxy, big: Path, way: Way, fault: Fault
) -> None:
    """A proxy in front that waits for 60 s, a large file, a slow disk: it is read back."""
    asked = proxy.on("PATCH", fault, times=99)
    assert opened(server, way, url=through(proxy, server)).put(big, NAME) == "download"
    assert is_stored(server, big)
    assert sent(server) == SIZE
    assert asked.met == QUICK.few_attempts


@pytest.mark.parametrize("code", [302, 401, 406, 410, 412, 413, 418, 422])
def test_a_sum_that_something_in_front_refuses_is_not_needed(
    server: Nextcloud, proxy: FaultyProxy, big: Path, code: int
) -> None:
    """A firewall that knows no PATCH; 413 is no reason to send smaller chunks."""
    proxy.on("PATCH", status(code), times=99)
    assert opened(server, "chunked", url=through(proxy, server)).put(big, NAME) == "download"
    assert is_stored(server, big)
    assert sent(server) == SIZE


@pytest.mark.usefixtures("impatient")
def test_a_sum_that_is_never_answered_is_not_waited_for_as_often_as_other_things(
    server: Nextcloud, proxy: FaultyProxy, big: Path
) -> None:
    """Each time it may take ten minutes."""
    asked = proxy.on("PATCH", stalled, times=99)
    assert opened(server, url=through(proxy, server)).put(big, NAME) == "download"
    assert asked.met == LIMITS.few_attempts


def test_where_the_servers_sum_is_insisted_on_it_is_an_error_after_one_upload(
    server: Nextcloud, proxy: FaultyProxy, big: Path
) -> None:
    proxy.on("PATCH", status(504), times=99)
    with pytest.raises(StoreError, match="504"):
        opened(server, verify="server-hash", url=through(proxy, server)).put(big, NAME)
    assert sent(server) == SIZE
    assert not list(server.folder.iterdir())
    assert not list(server.uploads.iterdir())


@pytest.mark.parametrize(("method", "part"), [("GET", "/files/"), ("PROPFIND", ".upload-")])
def test_a_look_or_a_reading_that_keeps_failing_is_an_error_after_one_upload(
    server: Nextcloud, proxy: FaultyProxy, big: Path, method: str, part: str
) -> None:
    proxy.on(method, status(503), times=99, part=part)
    with pytest.raises(StoreError, match="503"):
        opened(server, "plain", "download", through(proxy, server)).put(big, NAME)
    assert sent(server) == SIZE
    assert not list(server.folder.iterdir())


@pytest.mark.parametrize("way", ["plain", "chunked"])
def test_a_sum_that_is_insisted_on_is_tried_before_there_is_a_file(cloud: Nextcloud, way: Way) -> None:
    opened(cloud, way, "server-hash").check(NAME, SIZE)
    assert not list(cloud.folder.iterdir())
    assert not list(cloud.uploads.iterdir())
    assert 1 <= sum(asked.sent for asked in cloud.requests) <= 2


@pytest.mark.parametrize("way", ["plain", "chunked"])
def test_a_sum_that_no_server_makes_is_said_before_there_is_a_file(tmp_path: Path, way: Way) -> None:
    with nextcloud(tmp_path / "cloud", recalculates=False) as server:
        with pytest.raises(StoreError, match="makes no sum") as caught:
            opened(server, way, "server-hash").check(NAME, SIZE)
        assert not list(server.folder.iterdir())
    assert "leave `verify` out" in caught.value.hint
    with dav_server(tmp_path) as other, pytest.raises(StoreError, match="makes no sum"):
        WebDavStore(f"{other.url}backups", CREDENTIALS, QUICK, verify="server-hash").check(NAME, SIZE)


def test_without_a_proof_to_insist_on_nothing_is_tried_before_there_is_a_file(cloud: Nextcloud) -> None:
    opened(cloud).check(NAME, SIZE)
    assert "PUT" not in cloud.methods()


@pytest.mark.parametrize("told", [b"[" * 200_000, b'{"ocs":' * 100_000, b"\xff", b"", b"[1]", b'{"ocs": 1}'])
def test_capabilities_that_cannot_be_understood_are_none(
    server: Nextcloud, proxy: FaultyProxy, big: Path, told: bytes
) -> None:
    proxy.on("GET", status(200, body=told), part="/ocs/", times=99)
    assert opened(server, url=through(proxy, server)).put(big, NAME) == "download"
    assert is_stored(server, big)
