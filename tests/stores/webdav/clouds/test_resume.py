"""What a killed run had sent is gone on with; what others left is not taken for ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.stores.names import upload_folder
from backuptool.stores.webdav import Way
from backuptool.stores.webdav.sums import digest
from tests.contracts.store import NAME
from tests.stores.faults import stalled, status
from tests.stores.faulty_proxy import Fault, faulty_proxy
from tests.stores.nextcloud import Nextcloud, nextcloud
from tests.stores.nextcloud.client import Client, up
from tests.stores.webdav.clouds.conftest import CHUNK, SIZE, is_stored, opened

TOP = Path(__file__).parents[4]
KILLED = """
import sys
from pathlib import Path
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS
from tests.stores.webdav.conftest import QUICK
WebDavStore(sys.argv[1], CREDENTIALS, QUICK, upload="chunked").put(Path(sys.argv[2]), NAME)
"""


@pytest.mark.parametrize(
    ("method", "part", "arrived"),
    [("PUT", "00004", 3 * CHUNK), ("MOVE", "/uploads/", SIZE), ("PATCH", "", SIZE)],
    ids=["in the middle", "before it was one file", "before the proof"],
)
def test_another_process_sends_only_what_a_killed_one_had_not(
    tmp_path: Path, big: Path, method: str, part: str, arrived: int
) -> None:
    with nextcloud(tmp_path / "cloud", max_chunk=CHUNK, smallest=CHUNK, parallel=1) as cloud:
        with faulty_proxy(cloud.port) as proxy:
            proxy.on(method, stalled, part=part)
            url = cloud.url.replace(str(cloud.port), str(proxy.port))
            with subprocess.Popen([sys.executable, "-c", KILLED, url, str(big)], cwd=TOP) as first:
                while not any(seen.method == method and part in seen.path for seen in proxy.seen):
                    assert first.poll() is None
                first.kill()
        assert sum(chunk.sent for chunk in cloud.chunks()) == arrived
        opened(cloud, "chunked").put(big, NAME)
        assert is_stored(cloud, big)
        assert sum(chunk.sent for chunk in cloud.chunks()) == SIZE


def test_chunks_of_another_content_are_not_taken_for_ours(cloud: Nextcloud, big: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(bytes(SIZE))
    with faulty_proxy(cloud.port) as proxy:
        proxy.on("MOVE", status(403))
        proxy.on("DELETE", status(403), part="/uploads/")
        with pytest.raises(StoreError):
            opened(cloud, "chunked", "size", cloud.url.replace(str(cloud.port), str(proxy.port))).put(other, NAME)
    assert len(list(cloud.uploads.iterdir())) == 1
    opened(cloud, "chunked").put(big, NAME)
    assert is_stored(cloud, big)


def left_whole(cloud: Nextcloud, bundle: Path) -> Path:
    """What a run leaves that made one file of its chunks, and could neither publish nor remove it."""
    with faulty_proxy(cloud.port) as proxy:
        proxy.on("MOVE", status(403), part="/files/")
        proxy.on("DELETE", status(403), times=2)
        url = cloud.url.replace(str(cloud.port), str(proxy.port))
        with pytest.raises(StoreError, match="403"):
            opened(cloud, "chunked", "size", url).put(bundle, NAME)
        proxy.forget()
    (left,) = cloud.folder.iterdir()
    return left


def test_a_whole_file_that_an_earlier_run_left_is_proven_like_any_other(cloud: Nextcloud, big: Path) -> None:
    """ownCloud compares its sum only when it makes the file: one that is there already was maybe never compared."""
    left = left_whole(cloud, big)
    left.write_bytes(b"x" + big.read_bytes()[1:])
    if cloud.kind == "owncloud":
        opened(cloud, "chunked").put(big, NAME)
        assert is_stored(cloud, big)
    else:
        with pytest.raises(StoreError, match="stored other bytes"):
            opened(cloud, "chunked").put(big, NAME)
        assert not list(cloud.folder.iterdir())


def test_a_part_that_an_earlier_run_left_under_the_same_name_is_no_obstacle(cloud: Nextcloud, big: Path) -> None:
    left = left_whole(cloud, big)
    left.write_bytes(big.read_bytes()[1:])
    opened(cloud, "chunked").put(big, NAME)
    assert is_stored(cloud, big)


def test_a_chunk_of_which_a_part_was_kept_is_sent_again(tmp_path: Path, big: Path) -> None:
    """By ownCloud, of a run that was killed."""
    with nextcloud(tmp_path / "own", "owncloud") as server:
        folder = upload_folder(NAME, digest(big, "sha256"), CHUNK)
        client = Client(server)
        assert client.status("MKCOL", up(folder)) == 201
        assert client.cut(up(f"{folder}/00002"), CHUNK, b"12") == 201
        opened(server, "chunked").put(big, NAME)
        assert is_stored(server, big)
        assert len(server.chunks()) == 1 + 2 + 5, "the two are those of the trial"


def test_chunks_of_others_stay(cloud: Nextcloud, big: Path) -> None:
    for name in ("web-file-upload-1", "backuptool_broker_db2_" + "0" * 32, "backuptool_other_db1_" + "0" * 32):
        (cloud.uploads / name).mkdir()
    opened(cloud, "chunked").put(big, NAME)
    assert len(list(cloud.uploads.iterdir())) == 3


@pytest.mark.parametrize("way", ["plain", "auto"])
def test_chunks_that_a_killed_run_left_go_also_when_the_next_file_needs_none(
    cloud: Nextcloud, tmp_path: Path, way: Way
) -> None:
    """The next night's dump is smaller, or somebody has set upload = "plain" since."""
    small = tmp_path / "small"
    small.write_bytes(b"small")
    others = {"web-file-upload-1", "backuptool_broker_db2_" + "0" * 32}
    for name in {upload_folder(NAME.replace("23T", "22T"), b"", 1), *others}:
        (cloud.uploads / name).mkdir()
    opened(cloud, way).put(small, NAME)
    assert [path.name for path in cloud.folder.iterdir()] == [NAME]
    assert {path.name for path in cloud.uploads.iterdir()} == others


def test_own_chunks_are_cleared_and_no_others(cloud: Nextcloud) -> None:
    """They count against the quota that is asked before the dump."""
    others = {"web-file-upload-1", "backuptool_broker_db2_" + "0" * 32}
    for name in {upload_folder(NAME.replace("23T", "22T"), b"", 1), *others}:
        (cloud.uploads / name).mkdir()
    opened(cloud).clear(NAME)
    assert {path.name for path in cloud.uploads.iterdir()} == others


@pytest.mark.parametrize("fault", [status(403), status(503), status(207, body=b"<")])
def test_a_cloud_that_does_not_show_its_uploads_takes_a_file_in_one_piece(
    cloud: Nextcloud, big: Path, fault: Fault
) -> None:
    with faulty_proxy(cloud.port) as proxy:
        proxy.on("PROPFIND", fault, times=99, part="/uploads/")
        opened(cloud, "plain", url=cloud.url.replace(str(cloud.port), str(proxy.port))).put(big, NAME)
        proxy.forget()
    assert is_stored(cloud, big)
