"""A limited rate is kept by all connections together, in pieces that never let a server wait for long."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backuptool.config import check_config
from backuptool.errors import UsageError
from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.body import BLOCK, Body, Metered
from backuptool.stores.webdav.limits import Deadline
from backuptool.stores.webdav.pace import Pace, bytes_a_second
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.store import WebDavStore
from backuptool.stores.webdav.transport import trust
from backuptool.stores.webdav.upload import Upload
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS, DavServer
from tests.stores.places import Folder
from tests.stores.webdav.conftest import QUICK


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def paced(rate: float, clock: Clock) -> Pace:
    return Pace(rate, clock, clock.sleep)


@given(st.lists(st.integers(0, 1_000_000), max_size=30), st.integers(1024, 1 << 30))
def test_what_passes_never_passes_sooner_than_the_rate_lets_it(counts: list[int], rate: int) -> None:
    clock = Clock()
    pace, passed = paced(rate, clock), 0
    for count in counts:
        pace.take(count)
        passed += count
        assert (clock.now - 1000) * rate >= passed * 0.999_999 - 1  # a float of 1000 s is exact to 1e-13
    assert (clock.now - 1000) * rate <= passed * 1.000_001 + 1


def test_a_pause_is_made_up_for_but_only_for_a_second(clock: Clock) -> None:
    pace = paced(1000, clock)
    clock.now += 3600
    pace.take(1000)
    assert clock.sleeps == []
    pace.take(1000)
    assert clock.sleeps == pytest.approx([1.0])


def test_without_a_rate_nobody_waits_and_blocks_stay_whole(clock: Clock) -> None:
    pace = paced(math.inf, clock)
    assert [len(piece) for piece in pace.pieces(bytes(BLOCK))] == [BLOCK]
    assert pace.piece(BLOCK) == BLOCK
    assert clock.sleeps == []


@pytest.mark.parametrize("rate", [1024, 5000, 500 << 10, 1 << 20, 10 << 20])
def test_no_piece_lets_a_server_wait_for_more_than_a_quarter_of_a_second(clock: Clock, rate: int) -> None:
    """A whole block of 256 KiB would at 4 KiB a second be silent for longer than servers wait."""
    block = bytes(range(256)) * 1024
    assert b"".join(paced(rate, clock).pieces(block)) == block
    assert max(clock.sleeps) <= 0.25
    assert sum(clock.sleeps) == pytest.approx(len(block) / rate)


def test_threads_share_one_rate() -> None:
    """Each sleep is what one thread waits; together they have reserved the time of all their bytes, none twice."""
    sleeps: list[float] = []
    pace = Pace(1 << 20, lambda: 0.0, sleeps.append)
    gate = threading.Barrier(4)

    def work() -> None:
        gate.wait()
        for _ in range(200):
            pace.take(1 << 10)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sleeps) == pytest.approx([(number + 1) / 1024 for number in range(800)])


def test_a_body_is_sent_in_paced_pieces_once(clock: Clock, bundle: Path) -> None:
    with bundle.open("rb") as file:
        body = Body(file, bundle.stat().st_size, Deadline(30, "testing"))
        gone: list[int] = []
        metered = Metered(body, paced(100_000, clock), gone.append)
        assert len(metered) == 1_024_000
        assert b"".join(metered) == bundle.read_bytes()
    assert clock.now == pytest.approx(1000 + 10.24)
    metered.take_back()
    assert (sum(gone), gone[-1]) == (0, -1_024_000)


def test_an_upload_and_its_reading_back_take_the_time_that_the_rate_gives_them(
    server: DavServer, place: Folder, bundle: Path, clock: Clock
) -> None:
    with Session(Address.parse(f"{server.url}backups"), CREDENTIALS, QUICK, "storing", trust(None)) as session:
        session.pace = paced(100_000, clock)
        Upload(session, bundle, NAME).run()
    assert (place.path / NAME).read_bytes() == bundle.read_bytes()
    assert clock.now == pytest.approx(1000 + 2 * 10.24)


def test_a_put_takes_the_time_that_the_rate_gives_it(server: DavServer, bundle: Path) -> None:
    began = time.monotonic()
    WebDavStore(f"{server.url}backups", CREDENTIALS, replace(QUICK, rate=1 << 20)).put(bundle, NAME)
    assert time.monotonic() - began >= 2 * 1_024_000 / (1 << 20)


def test_a_restore_is_not_paced(server: DavServer, place: Folder) -> None:
    """It is waited for: at that rate until pytest ends this."""
    place.write(NAME, bytes(40_000))
    store = WebDavStore(f"{server.url}backups", CREDENTIALS, replace(QUICK, rate=20))
    assert b"".join(store.open(NAME)) == bytes(40_000)


@pytest.mark.parametrize(
    ("value", "rate"),
    [
        (512_000, 512_000), ("512000", 512_000), ("500k", 512_000), ("500K", 512_000), ("2M", 2 << 20), ("2m", 2 << 20),
        ("1G", 1 << 30), (1024, 1024), ("1k", 1024),
    ],
)  # fmt: skip
def test_a_rate_is_written_as_for_curl(value: object, rate: int) -> None:
    assert bytes_a_second(value) == rate


@pytest.mark.parametrize(
    "value",
    [
        "",
        "k",
        "fast",
        "1.5M",
        "-1k",
        "1 M",
        "500kB",
        "500kbit",
        1.5,
        True,
        None,
        [],
        -5,
        "٣k",
        "9" * 20,
        0,
        500,
        "1023",
    ],
)
def test_what_is_no_rate_is_refused_by_the_configuration_with_its_place(value: object) -> None:
    store = {"type": "webdav", "url": "https://x.example/", "curl_config": "/c", "limit_rate": value}
    plan = {"passphrase_file": "/p", "source": {"database": "x"}, "stores": [store]}
    with pytest.raises(UsageError, match=r"test: plans\.a\.stores\.0\.limit_rate: (must be|is less)") as caught:
        check_config({"plans": {"a": plan}}, "test")
    assert "500k" in caught.value.message


def test_the_rate_of_the_configuration_is_the_stores(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("user = a:b\n")
    (tmp_path / "c").chmod(0o600)
    for line, rate in (({"limit_rate": "500k"}, 512_000), ({}, math.inf)):
        store = {"type": "webdav", "url": "https://x.example/", "curl_config": str(tmp_path / "c"), **line}
        plan = {"passphrase_file": "/p", "source": {"database": "x"}, "stores": [store]}
        ((_, opened),) = check_config({"plans": {"a": plan}}, "test").plan("a").open_stores()
        assert isinstance(opened, WebDavStore)
        assert opened._limits.rate == rate
