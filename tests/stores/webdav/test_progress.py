"""What a store reports while it works comes to the size of the bundle, whatever had to be sent again."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.progress import Progress, shown_by
from backuptool.stores import Store
from backuptool.stores.directory import DirectoryStore
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.stores.faults import answer_cut_after, cut_after, status
from tests.stores.faulty_proxy import FaultyProxy

SIZE = 1_024_000


class Recorder(Progress):
    """Remembers each stage: what, of how much, how much there was at its end."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int | None, int]] = []
        self.least = 0
        self._lock = threading.Lock()
        self._done = 0

    def begin(self, what: str, total: int | None) -> None:
        self.stages.append((what, total, 0))
        self._done = 0

    def advance(self, count: int) -> None:
        with self._lock:
            self._done += count
            self.least = min(self.least, self._done)

    def end(self) -> None:
        what, total, _ = self.stages[-1]
        self.stages[-1] = what, total, self._done


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def test_an_upload_is_reported_and_then_its_reading_back(store: WebDavStore, bundle: Path, recorder: Recorder) -> None:
    with shown_by(recorder):
        store.put(bundle, NAME)
        assert recorder.stages == [("uploading", SIZE, SIZE), ("verifying", SIZE, SIZE)]
        assert b"".join(store.open(NAME)) == bundle.read_bytes()
    assert len(recorder.stages) == 2, "whoever opens a bundle knows what for"


def test_what_has_to_be_sent_again_is_taken_back(
    store: WebDavStore, proxy: FaultyProxy, bundle: Path, recorder: Recorder
) -> None:
    proxy.on("PUT", cut_after(300_000))
    proxy.on("PUT", status(503))
    proxy.on("GET", answer_cut_after(300_000))
    with shown_by(recorder):
        store.put(bundle, NAME)
    assert recorder.stages == [("uploading", SIZE, 0)] * 2 + [("uploading", SIZE, SIZE), ("verifying", SIZE, SIZE)]
    assert recorder.least == 0


def test_a_stage_ends_where_an_upload_is_given_up(
    store: WebDavStore, proxy: FaultyProxy, bundle: Path, recorder: Recorder
) -> None:
    proxy.on("PUT", status(507))
    with shown_by(recorder), pytest.raises(StoreError, match="full"):
        store.put(bundle, NAME)
    assert recorder.stages == [("uploading", SIZE, 0)]


def test_a_directory_reports_too(tmp_path: Path, bundle: Path, recorder: Recorder) -> None:
    folder: Store = DirectoryStore(tmp_path)
    with shown_by(recorder):
        folder.put(bundle, NAME)
    assert recorder.stages == [("copying", SIZE, SIZE), ("verifying", SIZE, SIZE)]


def test_nobody_has_to_listen(store: WebDavStore, bundle: Path) -> None:
    store.put(bundle, NAME)
    assert [stored.size for stored in store.list()] == [SIZE]
