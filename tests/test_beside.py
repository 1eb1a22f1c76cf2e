"""A step in a second thread changes nothing of what comes out, in which order, and what is raised."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from backuptool.beside import DEPTH, beside
from tests.interrupting import interrupted, listening

FILES = ("backuptool/beside.py", "/threading.py", "/futures/_base.py", "/futures/thread.py")
MANY = [bytes([number]) for number in range(200)]


def test_what_comes_out_is_in_order_and_all_there() -> None:
    assert list(beside(bytes.hex, MANY)) == [chunk.hex() for chunk in MANY]  # type: ignore[arg-type,comparison-overlap]


def test_nothing_comes_out_of_nothing() -> None:
    assert list(beside(bytes, [])) == []


def test_no_two_steps_run_at_once() -> None:
    busy = threading.Lock()

    def step(chunk: bytes) -> bytes:
        assert busy.acquire(blocking=False)
        threading.Event().wait(0.001)
        busy.release()
        return chunk

    assert list(beside(step, MANY)) == MANY


def test_no_more_is_fetched_than_is_on_its_way() -> None:
    fetched = []
    over = threading.Event()

    def chunks() -> Iterator[bytes]:
        for chunk in MANY:
            fetched.append(chunk)
            yield chunk

    def step(chunk: bytes) -> bytes:
        over.wait(10)
        return chunk

    coming = beside(step, chunks())
    threading.Timer(0.05, over.set).start()
    next(coming)
    assert len(fetched) == DEPTH + 1
    coming.close()


def test_a_step_that_fails_raises_here_and_no_thread_is_left() -> None:
    before = set(threading.enumerate())

    def step(chunk: bytes) -> bytes:
        raise ValueError("in the other thread")

    with pytest.raises(ValueError, match="in the other thread"):
        list(beside(step, MANY))
    assert set(threading.enumerate()) <= before


def test_chunks_that_fail_raise_here_and_no_thread_is_left() -> None:
    before = set(threading.enumerate())

    def chunks() -> Iterator[bytes]:
        yield from MANY
        raise ValueError("of the chunks")

    with pytest.raises(ValueError, match="of the chunks"):
        list(beside(bytes, chunks()))
    assert set(threading.enumerate()) <= before


def test_a_signal_at_any_place_ends_it_and_leaves_no_thread() -> None:
    before, place = set(threading.enumerate()), 1
    with listening():
        while interrupted(lambda: list(beside(bytes, MANY[: DEPTH + 2])), place, FILES):  # type: ignore[arg-type]
            assert set(threading.enumerate()) <= before, f"place {place}"
            place += 1
    assert place > 100
