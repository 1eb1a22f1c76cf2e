"""Pings as healthchecks.io takes them, which change nothing about a run, however badly they are answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backuptool.notify import Ping
from backuptool.secret import Secret
from tests.pings import Pinged, pinged


@pytest.fixture
def watcher() -> Iterator[Pinged]:
    with pinged() as seen:
        yield seen


def ping(url: str, limit: float = 30) -> Ping:
    return Ping(Secret(url.encode()), limit=limit)


def test_start_success_and_fail_have_addresses_of_their_own(watcher: Pinged) -> None:
    for event in ("start", "success", "fail"):
        ping(watcher.url).send(event, f"{event} ümläut")
    assert watcher.paths == ["/start", "", "/fail"]
    assert [body for _, body in watcher.told] == ["start ümläut", "success ümläut", "fail ümläut"]


def test_the_word_goes_before_a_query_and_behind_one_slash(watcher: Pinged) -> None:
    ping(f"{watcher.url}/?create=1").send("fail")
    assert watcher.paths == ["/fail?create=1"]


def test_it_is_tried_again(watcher: Pinged, caplog: pytest.LogCaptureFixture) -> None:
    watcher.answers = [503]
    ping(watcher.url).send("success")
    assert (len(watcher.told), caplog.text) == (2, "")


def test_nothing_is_sent_to_where_it_is_redirected(watcher: Pinged, caplog: pytest.LogCaptureFixture) -> None:
    watcher.answers = [302, 302, 307]
    ping(watcher.url, limit=60).send("fail", "log")
    assert "127.0.0.1 was not told of the fail: it answers 307" in caplog.text
    assert watcher.paths == ["/fail"] * 3


def test_one_who_does_not_answer_is_not_waited_for(watcher: Pinged, caplog: pytest.LogCaptureFixture) -> None:
    watcher.answers = [0]  # another try would be answered
    ping(watcher.url, limit=0.5).send("fail")
    assert "was not told of the fail: no answer in time" in caplog.text


def test_a_host_that_can_be_none_is_said_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    ping("http://a..b/ping/5f0d-s3cret", limit=60).send("success")
    assert "a..b was not told of the success: no connection (LocationParseError)" in caplog.text


def test_the_address_is_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    one = ping("http://127.0.0.1:9/ping/5f0d-s3cret", limit=60)
    one.send("success")
    assert "127.0.0.1 was not told" in caplog.text
    assert "s3cret" not in caplog.text + str(one) + repr(one.url)
