"""How a file goes in chunks: two at once, never more than the server takes, at one pace, and not through the memory."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backuptool.stores.webdav import Way
from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.chunked import chunks
from backuptool.stores.webdav.cloud import MOST
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.store import WebDavStore
from backuptool.stores.webdav.transport import trust
from backuptool.stores.webdav.upload import Upload
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS
from tests.stores.faulty_proxy import Exchange, faulty_proxy
from tests.stores.nextcloud import nextcloud
from tests.stores.webdav.clouds.conftest import CHUNK, LIMITS, SIZE, is_stored
from tests.stores.webdav.clouds.test_resume import TOP
from tests.stores.webdav.test_pace import Clock, paced

LARGE = 256 << 20


def test_two_chunks_go_up_at_once(tmp_path: Path, big: Path) -> None:
    """Each of the first two is let through only when the other one has come."""
    both = threading.Barrier(2, timeout=20)

    def meets(exchange: Exchange) -> None:
        body = exchange.receive()
        both.wait()
        exchange.answer(exchange.forward(body))

    with (
        nextcloud(tmp_path / "cloud", max_chunk=CHUNK, smallest=CHUNK) as cloud,
        faulty_proxy(cloud.port) as proxy,
    ):
        proxy.on("PUT", meets, times=2)
        url = cloud.url.replace(str(cloud.port), str(proxy.port))
        WebDavStore(url, CREDENTIALS, replace(LIMITS, answer=30), upload="chunked").put(big, NAME)
        assert is_stored(cloud, big)
    assert not both.broken


@settings(max_examples=20)
@given(st.integers(1, 5 * MOST), st.integers(1, 4))
def test_there_are_never_more_chunks_than_a_server_takes(size: int, largest: int) -> None:
    parts = list(chunks(size, largest))
    assert len(parts) <= MOST
    assert [part.name for part in parts] == sorted(part.name for part in parts)
    assert [part.start for part in parts] == list(range(0, size, parts[0].size))
    assert sum(part.size for part in parts) == size
    assert {part.size for part in parts[:-1]} <= {parts[0].size}


@pytest.mark.parametrize(("size", "count"), [(MOST, MOST), (MOST + 1, MOST // 2 + 1), (3 * MOST, MOST)])
def test_chunks_are_larger_where_there_would_be_too_many(size: int, count: int) -> None:
    assert len(list(chunks(size, 1))) == count


def test_chunks_go_at_the_pace_of_their_put(tmp_path: Path, big: Path) -> None:
    clock = Clock()
    with nextcloud(tmp_path / "cloud", max_chunk=CHUNK, smallest=CHUNK, parallel=1) as cloud:
        cloud.folder.mkdir()
        with Session(Address.parse(cloud.url), CREDENTIALS, LIMITS, "storing", trust(None)) as session:
            session.pace = paced(1_000_000, clock)
            Upload(session, big, NAME, "chunked").run()
        assert is_stored(cloud, big)
    assert clock.now == pytest.approx(1000 + SIZE / 1_000_000)


MEASURED = """
import sys
from pathlib import Path
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.memory import peak
from tests.stores.davserver import CREDENTIALS
from tests.stores.webdav.conftest import QUICK
from dataclasses import replace
limits = replace(QUICK, answer=60, move=60)
before = peak()
WebDavStore(sys.argv[1], CREDENTIALS, limits, upload=sys.argv[3], verify="size").put(Path(sys.argv[2]), NAME)
print(peak() - before)
"""


@pytest.mark.parametrize("way", ["plain", "chunked"])
def test_a_large_file_does_not_go_through_the_memory(tmp_path: Path, way: Way) -> None:
    file = tmp_path / "bundle"
    with file.open("wb") as sparse:
        sparse.truncate(LARGE)
    with nextcloud(tmp_path / "cloud", max_chunk=LARGE // 2) as cloud:
        command = [sys.executable, "-c", MEASURED, cloud.url, str(file), way]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=TOP)
        assert (cloud.folder / NAME).stat().st_size == LARGE
    assert int(done.stdout) < 30  # MiB
