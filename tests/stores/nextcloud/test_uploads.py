"""The fake Nextcloud and ownCloud keep the rules that were measured: uploads in chunks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores.nextcloud import Nextcloud, nextcloud
from tests.stores.nextcloud.client import Client, at, first_status, listed, up


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with nextcloud(tmp_path / "cloud", smallest=2) as running:
        yield Client(running)


@pytest.fixture
def owncloud(tmp_path: Path) -> Iterator[Client]:
    with nextcloud(tmp_path / "own", "owncloud") as running:
        yield Client(running)


def began(client: Client, **chunks: bytes) -> None:
    """An upload ID with `chunks`: c1=… for the name 1."""
    assert client.status("MKCOL", up("ID"), Destination=at("f")) == 201
    for name, body in chunks.items():
        assert client.status("PUT", up(f"ID/{name[1:]}"), body, Destination=at("f")) == 201


def assembled(client: Client, **headers: str) -> int:
    wanted = {"Destination": at("f"), "Overwrite": "F", **headers}
    return client.status("MOVE", up("ID/.file"), b"", **wanted)


def content(server: Nextcloud) -> bytes:
    return (server.files / "f").read_bytes()


def test_an_upload_is_begun_once(client: Client) -> None:
    began(client)
    assert client.status("MKCOL", up("ID"), Destination=at("f")) == 405


def test_nextcloud_must_know_the_destination_from_the_start(client: Client) -> None:
    assert client.status("MKCOL", up("ID")) == 400
    began(client)
    assert client.status("PUT", up("ID/1"), b"12") == 400


def test_a_chunk_is_replaced_by_the_same_again(client: Client) -> None:
    began(client, c1=b"12")
    assert client.status("PUT", up("ID/1"), b"34", Destination=at("f")) == 204
    assert assembled(client) == 201
    assert content(client.server) == b"34"


def test_a_chunk_that_is_cut_is_not_kept(client: Client) -> None:
    began(client, c1=b"12")
    for name in ("1", "2"):
        assert client.cut(up(f"ID/{name}"), 10, b"99", Destination=at("f")) == 400
    assert assembled(client) == 201
    assert content(client.server) == b"12"


def test_owncloud_keeps_what_came_of_a_new_chunk(owncloud: Client) -> None:
    began(owncloud, c1=b"12")
    assert [owncloud.cut(up(f"ID/{name}"), 10, b"99") for name in ("1", "2")] == [400, 201]
    assert assembled(owncloud, OC_Total_Length="12") == 400
    assert assembled(owncloud) == 201
    assert content(owncloud.server) == b"1299"


@pytest.mark.parametrize("name", ["0", "10001", "x", "1x", ".file", "%C2%B9", "-1"])
def test_nextcloud_takes_the_names_1_to_10000_only(client: Client, name: str) -> None:
    began(client, c1=b"1", c10000=b"2", c00002=b"3")
    assert client.status("PUT", up(f"ID/{name}"), b"1", Destination=at("f")) == 400


def test_a_chunk_of_no_upload_is_not_found(client: Client) -> None:
    assert client.status("PUT", up("ID/1"), b"12", Destination=at("f")) == 404


@pytest.mark.parametrize(("total", "status"), [("10", 201), ("11", 507)])
def test_the_quota_is_asked_on_the_first_chunk(client: Client, total: str, status: int) -> None:
    client.server.quota = 10
    began(client)
    headers = {"Destination": at("f"), "OC_Total_Length": total}
    assert client.status("PUT", up("ID/1"), b"12", **headers) == status


def test_owncloud_asks_the_quota_when_it_puts_the_chunks_together(owncloud: Client) -> None:
    owncloud.server.quota = 1
    began(owncloud, c1=b"12")
    assert assembled(owncloud) == 507


def test_a_chunk_larger_than_nextcloud_takes_is_refused(client: Client) -> None:
    began(client)
    headers = {"Destination": at("f"), "Expect": "100-continue"}
    with client.begun("PUT", up("ID/1"), (5 << 30) + 1, **headers) as connection:
        assert first_status(connection) == 400


def test_what_arrived_is_listed_with_its_sum(client: Client) -> None:
    began(client, c00001=b"12", c00002=b"345")
    found = listed(client.ask("PROPFIND", up("ID"), Depth="1"))
    sizes = {path: prop.findtext("{DAV:}getcontentlength") for path, prop in found.items()}
    assert sizes == {
        up("ID/"): None,
        up("ID/.file"): "5",
        up("ID/00001"): "2",
        up("ID/00002"): "3",
    }
    assert list(listed(client.ask("PROPFIND", up("ID"), Depth="0"))) == [up("ID/")]
    assert list(listed(client.ask("PROPFIND", up("ID/00002"), Depth="0"))) == [up("ID/00002")]
    assert client.status("PROPFIND", up("ID/00003"), Depth="0") == 404


def test_a_chunk_cannot_be_read(client: Client) -> None:
    began(client, c1=b"12")
    assert client.status("GET", up("ID/1")) == 405


def test_chunks_are_put_together_by_number_in_whatever_order_they_came(client: Client) -> None:
    began(client, c10=b"55", c00009=b"44", c2=b"22", c1=b"11", c00003=b"33")
    assert assembled(client, OC_Total_Length="10") == 201
    assert content(client.server) == b"1122334455"


def test_after_the_move_the_upload_is_gone(client: Client) -> None:
    began(client, c1=b"12")
    assert assembled(client) == 201
    assert client.status("PROPFIND", up("ID"), Depth="1") == 404
    assert client.status("MOVE", up("ID/.file"), Destination=at("g"), Overwrite="F") == 404
    assert list(client.server.uploads.iterdir()) == []


def test_a_wrong_sum_is_refused_and_the_upload_stays(client: Client) -> None:
    began(client, c1=b"12")
    assert assembled(client, OC_Total_Length="3") == 400
    assert assembled(client, OC_Total_Length="2") == 201


def test_a_small_chunk_is_refused_unless_it_is_the_last(client: Client) -> None:
    began(client, c1=b"1", c2=b"22")
    assert assembled(client) == 400
    assert client.status("PUT", up("ID/1"), b"11", Destination=at("f")) == 204
    assert client.status("PUT", up("ID/3"), b"3", Destination=at("f")) == 201
    assert assembled(client) == 201


def test_a_full_server_puts_nothing_together(client: Client) -> None:
    began(client, c1=b"12", c2=b"34")
    client.server.quota = 3
    assert assembled(client) == 507
    assert not (client.server.files / "f").exists()


def test_a_name_that_is_taken_is_not_replaced(client: Client) -> None:
    began(client, c1=b"12")
    client.ask("PUT", at("f"), b"old")
    assert assembled(client) == 412
    assert content(client.server) == b"old"
    assert assembled(client, Overwrite="T") == 204


def test_the_destination_of_the_move_must_be_a_file_of_the_user(client: Client) -> None:
    began(client, c1=b"12")
    assert assembled(client, Destination=at("x/f")) == 409
    assert assembled(client, Destination="/remote.php/webdav/f") == 403
    assert assembled(client, Destination=at("f.part")) == 400


def test_an_upload_that_is_idle_for_a_day_is_gone(client: Client) -> None:
    began(client, c1=b"12")
    client.server.expire()
    assert client.status("PUT", up("ID/2"), b"34", Destination=at("f")) == 404
    assert assembled(client) == 404


def test_an_upload_can_be_given_up(client: Client) -> None:
    began(client, c1=b"12")
    assert [client.status("DELETE", up("ID")) for _ in range(2)] == [204, 404]


def test_a_slow_assembly_is_a_504_then_locked_then_done(client: Client) -> None:
    began(client, c1=b"12")
    client.server.polls = 2
    assert [assembled(client) for _ in range(3)] == [504, 423, 423]
    assert not (client.server.files / "f").exists()
    assert assembled(client) == 412, "it is done, so the name is taken"
    assert content(client.server) == b"12"
    assert client.status("PROPFIND", up("ID"), Depth="0") == 404


def test_a_slow_assembly_whose_file_went_on_is_not_found(client: Client) -> None:
    began(client, c1=b"12")
    client.server.polls = 1
    assert assembled(client) == 504
    assert client.status("PROPFIND", at("f"), Depth="0") == 404
    assert client.status("MOVE", at("f"), Destination=at("g"), Overwrite="F") == 201
    assert assembled(client) == 404


def test_the_most_chunks_at_once_are_counted(client: Client) -> None:
    began(client)
    headers = {"Destination": at("f"), "Expect": "100-continue"}
    with client.begun("PUT", up("ID/1"), 2, **headers) as one, client.begun("PUT", up("ID/2"), 2, **headers) as two:
        for connection in (one, two):
            assert first_status(connection) == 100
        with client.server.lock:
            assert client.server.lock.wait_for(lambda: client.server.at_once == 2, 10)
        for connection in (one, two):
            connection.sendall(b"12")
    assert client.server.most_at_once == 2


def test_owncloud_wants_neither_sizes_nor_destinations(owncloud: Client) -> None:
    assert owncloud.status("MKCOL", up("ID")) == 201
    assert [owncloud.status("PUT", up(f"ID/{name}"), b"1") for name in ("1", "1", "20000", "0")] == [201, 204, 201, 201]
    assert assembled(owncloud, OC_Total_Length="3") == 201


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        (f"SHA1:{hashlib.sha1(b'1234').hexdigest()}", 201),  # noqa: S324 # ownCloud's, not ours
        ("SHA1:00", 400),
        (f"SHA256:{hashlib.sha256(b'1234').hexdigest()}", 400),
    ],
)
def test_owncloud_compares_the_checksum_of_the_whole(owncloud: Client, claim: str, status: int) -> None:
    began(owncloud, c1=b"12", c2=b"34")
    assert assembled(owncloud, OC_Checksum=claim) == status
    assert (owncloud.server.files / "f").exists() == (status == 201)
    if status == 400:
        assert assembled(owncloud) == 201, "the upload is still there"
