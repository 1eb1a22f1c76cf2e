"""The fake Nextcloud and ownCloud keep the rules that were measured: files, hashes, capabilities, early answers."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.stores.webdav import WebDavStore
from tests.contracts.store import StoreContract
from tests.stores.davserver import CREDENTIALS, USER
from tests.stores.nextcloud import Kind, Nextcloud, nextcloud
from tests.stores.nextcloud.client import Client, at, first_status, header, listed, up
from tests.stores.places import Folder
from tests.stores.webdav.conftest import QUICK


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Nextcloud]:
    with nextcloud(tmp_path / "cloud") as running:
        yield running


@pytest.fixture
def owncloud(tmp_path: Path) -> Iterator[Nextcloud]:
    with nextcloud(tmp_path / "own", "owncloud") as running:
        yield running


@pytest.fixture
def client(server: Nextcloud) -> Client:
    return Client(server)


@pytest.mark.parametrize("kind", ["nextcloud", "owncloud"], scope="class")
@pytest.mark.parametrize("legacy", [False, True], ids=["dav", "webdav"], scope="class")
class TestPlainUpload(StoreContract):
    @pytest.fixture
    def cloud(self, tmp_path: Path, kind: Kind) -> Iterator[Nextcloud]:
        with nextcloud(tmp_path / "cloud", kind) as running:
            yield running

    @pytest.fixture
    def place(self, cloud: Nextcloud) -> Folder:
        return Folder(cloud.folder)

    @pytest.fixture
    def store(self, cloud: Nextcloud, *, legacy: bool) -> WebDavStore:
        return WebDavStore(cloud.legacy_url if legacy else cloud.url, CREDENTIALS, QUICK)


def test_only_basic_is_offered(client: Client) -> None:
    answer = client.ask("PROPFIND", at(""), Authorization="Basic eDp5")
    assert (answer.status, header(answer, "WWW-Authenticate")) == (401, 'Basic realm="Nextcloud", charset="UTF-8"')


def test_both_addresses_show_the_same_files(client: Client) -> None:
    assert client.status("PUT", at("a%20b"), b"12") == 201
    assert list(listed(client.ask("PROPFIND", at(""), Depth="1"))) == [at(""), at("a%20b")]
    assert list(listed(client.ask("PROPFIND", "/remote.php/webdav/", Depth="1"))) == [
        "/remote.php/webdav/",
        "/remote.php/webdav/a%20b",
    ]


def test_a_listing_tells_size_kind_time_and_tag(client: Client) -> None:
    client.ask("PUT", at("f"), b"12")
    (prop,) = listed(client.ask("PROPFIND", at("f"), Depth="0")).values()
    names = {element.tag.removeprefix("{DAV:}"): element.text for element in prop}
    assert names["getcontentlength"] == "2"
    assert names["resourcetype"] is None
    assert (names["getlastmodified"] or "").endswith("GMT")
    assert (names["getetag"] or "").startswith('"')


@pytest.mark.parametrize(("quota", "said"), [(None, "-3"), (10, "8")])
def test_a_collection_tells_its_quota(client: Client, quota: int | None, said: str) -> None:
    client.server.quota = quota
    client.ask("PUT", at("f"), b"12")
    (prop,) = listed(client.ask("PROPFIND", at(""), Depth="0")).values()
    assert prop.findtext("{DAV:}quota-available-bytes") == said
    assert prop.findtext("{DAV:}quota-used-bytes") == "2"


def test_a_missing_file_is_not_found(client: Client) -> None:
    for method in ("PROPFIND", "GET", "HEAD", "DELETE", "PATCH"):
        assert client.status(method, at("f")) == 404
    assert client.status("MOVE", at("f"), Destination=at("g")) == 404


def test_a_folder_is_made_once_in_a_folder_that_exists(client: Client) -> None:
    assert [client.status("MKCOL", at(name)) for name in ("d", "d", "x/y")] == [201, 405, 409]


def test_a_second_put_replaces(client: Client) -> None:
    assert [client.status("PUT", at("f"), body) for body in (b"1", b"22")] == [201, 204]
    assert client.ask("GET", at("f")).body == b"22"


def test_a_put_to_no_folder_or_on_one_is_refused(client: Client) -> None:
    client.ask("MKCOL", at("d"))
    assert [client.status("PUT", at(name), b"1") for name in ("x/f", "d")] == [404, 409]


@pytest.mark.parametrize("name", ["f.part", "f.filepart"])
def test_names_of_parts_are_refused(client: Client, name: str) -> None:
    client.ask("PUT", at("f"), b"1")
    assert client.status("PUT", at(name), b"1") == 400
    assert client.status("MOVE", at("f"), Destination=at(name)) == 400


def test_a_put_that_is_cut_keeps_nothing(client: Client) -> None:
    assert client.cut(at("f"), 10, b"12") == 400
    assert client.status("GET", at("f")) == 404
    assert list(client.server.arriving.iterdir()) == []


def test_an_overwrite_that_is_cut_destroys_what_was_there(client: Client) -> None:
    """nextcloud/server#62321."""
    client.ask("PUT", at("f"), b"old")
    assert client.cut(at("f"), 10, b"12") == 400
    assert client.ask("GET", at("f")).body == b""


def test_a_body_without_a_length_is_stored_as_nothing(client: Client) -> None:
    client.server.quota = 1
    with client.begun("PUT", at("f"), 0, Transfer_Encoding="chunked") as connection:
        connection.sendall(b"5\r\n12345\r\n0\r\n\r\n")
        assert first_status(connection) == 201
    assert client.ask("GET", at("f")).body == b""


@pytest.mark.parametrize(
    ("wanted", "status", "body", "said"),
    [
        ("bytes=2-", 206, b"23456789", "bytes 2-9/10"),
        ("bytes=2-3", 206, b"23", "bytes 2-3/10"),
        ("bytes=-1", 206, b"9", "bytes 9-9/10"),
        ("lines=1-", 200, b"0123456789", None),
    ],
)
def test_a_range_is_read(client: Client, wanted: str, status: int, body: bytes, said: str | None) -> None:
    client.ask("PUT", at("f"), b"0123456789")
    answer = client.ask("GET", at("f"), Range=wanted)
    assert (answer.status, answer.body, header(answer, "Content-Range")) == (status, body, said)


def test_a_range_behind_the_end_is_refused(client: Client) -> None:
    client.ask("PUT", at("f"), b"01")
    assert client.status("GET", at("f"), Range="bytes=2-") == 416


def test_head_tells_the_length(client: Client) -> None:
    client.ask("PUT", at("f"), b"01")
    answer = client.ask("HEAD", at("f"))
    assert (answer.status, header(answer, "Content-Length"), answer.body) == (200, "2", b"")


def test_a_move_replaces_only_when_it_may(client: Client) -> None:
    for name in "abc":
        client.ask("PUT", at(name), name.encode())
    assert client.status("MOVE", at("a"), Destination=at("b"), Overwrite="F") == 412
    assert client.status("MOVE", at("x"), Destination=at("b"), Overwrite="F") == 412, "the source is gone"
    assert client.status("MOVE", at("a"), Destination=at("b"), Overwrite="T") == 204
    assert client.status("MOVE", at("b"), Destination=f"https://elsewhere{at('d')}", Overwrite="F") == 201
    assert client.ask("GET", at("d")).body == b"a"


def test_a_move_needs_a_destination_in_a_folder_of_the_same_tree(client: Client) -> None:
    client.ask("PUT", at("a"), b"1")
    assert client.status("MOVE", at("a")) == 400
    assert client.status("MOVE", at("a"), Destination=at("x/a")) == 409
    assert client.status("MOVE", at("a"), Destination="/remote.php/webdav/b") == 403


def test_a_stored_hash_is_computed_on_request(client: Client) -> None:
    client.ask("PUT", at("f"), b"12", OC_Checksum="SHA256:00")
    answer = client.ask("PATCH", at("f"), X_Recalculate_Hash="sha256")
    assert (answer.status, header(answer, "OC-Checksum")) == (204, f"SHA256:{hashlib.sha256(b'12').hexdigest()}")


def test_a_server_may_lie_about_the_hash_or_know_none(client: Client) -> None:
    client.ask("PUT", at("f"), b"12")
    client.server.lies = True
    said = header(client.ask("PATCH", at("f"), X_Recalculate_Hash="sha256"), "OC-Checksum")
    assert said is not None
    assert said != f"SHA256:{hashlib.sha256(b'12').hexdigest()}"
    client.server.recalculates = False
    assert client.status("PATCH", at("f"), X_Recalculate_Hash="sha256") == 501


def test_a_hash_of_a_plain_put_is_answered_when_asked_for(client: Client) -> None:
    answer = client.ask("PUT", at("f"), b"12", X_Hash="sha256")
    assert header(answer, "X-Hash-SHA256") == hashlib.sha256(b"12").hexdigest()


ASKS_FOR_SUMS = b'<propfind xmlns="DAV:"><prop><x:checksums xmlns:x="http://owncloud.org/ns"/></prop></propfind>'


def test_nextcloud_keeps_a_wrong_checksum_and_repeats_it_when_asked(client: Client) -> None:
    assert client.status("PUT", at("f"), b"12", OC_Checksum="SHA1:lie") == 201
    (prop,) = listed(client.ask("PROPFIND", at("f"), ASKS_FOR_SUMS, Depth="0")).values()
    sums = prop.find("{http://owncloud.org/ns}checksums")
    assert sums is not None
    assert sums.findtext("{http://owncloud.org/ns}checksum") == "SHA1:lie"
    (plain,) = listed(client.ask("PROPFIND", at("f"), Depth="0")).values()
    assert plain.find("{http://owncloud.org/ns}checksums") is None


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        (f"SHA1:{hashlib.sha1(b'12').hexdigest()}", 201),  # noqa: S324 # ownCloud's, not ours
        ("MD5:c20ad4d76fe97759aa27a0c99bff6710", 201),
        ("ADLER32:00960064", 201),
        ("SHA1:00", 400),
        ("MD5:00", 400),
        (f"SHA256:{hashlib.sha256(b'12').hexdigest()}", 400),
    ],
)
def test_owncloud_compares_the_checksums_it_knows(owncloud: Nextcloud, claim: str, status: int) -> None:
    client = Client(owncloud)
    assert client.status("PUT", at("f"), b"12", OC_Checksum=claim) == status
    assert client.status("GET", at("f")) == (200 if status == 201 else 404)
    assert client.status("PATCH", at("f"), X_Recalculate_Hash="sha256") in {501, 404}


def test_the_user_is_told_its_own_name(client: Client) -> None:
    answer = client.ask("GET", "/ocs/v2.php/cloud/user?format=json", OCS_APIRequest="true")
    assert json.loads(answer.body)["ocs"]["data"]["id"] == USER


@pytest.mark.parametrize("path", ["/ocs/v2.php/cloud/capabilities?format=json", "/ocs/v2.php/cloud/user?format=json"])
def test_capabilities_need_their_header(client: Client, owncloud: Nextcloud, path: str) -> None:
    assert client.status("GET", path) == 412
    assert Client(owncloud).status("GET", path) == 401


def test_nextcloud_announces_its_chunks(client: Client) -> None:
    client.server.max_chunk = 7
    answer = client.ask("GET", "/ocs/v2.php/cloud/capabilities?format=json", OCS_APIRequest="true")
    found = json.loads(answer.body)["ocs"]["data"]
    assert found["version"]["string"] == "32.0.1"
    assert found["capabilities"]["dav"]["chunking"] == "1.0"
    assert found["capabilities"]["files"]["chunked_upload"] == {"max_size": 7, "max_parallel_count": 5}
    assert json.loads(client.ask("GET", "/status.php").body)["productname"] == "Nextcloud"


def test_owncloud_announces_chunking_without_sizes_and_its_checksums(owncloud: Nextcloud) -> None:
    client = Client(owncloud)
    answer = client.ask("GET", "/ocs/v2.php/cloud/capabilities?format=json", OCS_APIRequest="true")
    found = json.loads(answer.body)["ocs"]["data"]["capabilities"]
    assert found["dav"]["chunking"] == "1.0"
    assert "chunked_upload" not in found["files"]
    assert found["checksums"] == {"supportedTypes": ["SHA1"], "preferredUploadType": "SHA1"}
    assert json.loads(client.ask("GET", "/status.php").body)["versionstring"].startswith("10.")


@pytest.mark.parametrize(
    ("path", "length", "headers", "status"),
    [
        (at("f"), 5, {"Authorization": "Basic eDp5"}, 401),
        (at("x/f"), 5, {}, 404),
        (at("d"), 5, {}, 409),
        (at("f"), 101, {}, 413),
        (at("f"), 11, {}, 507),
        (up("ID/00001"), 5, {"Destination": at("f")}, 404),
        (at("f"), 5, {}, 100),
    ],
)
def test_a_client_that_waits_hears_no_before_it_sends(
    client: Client, path: str, length: int, headers: dict[str, str], status: int
) -> None:
    client.ask("MKCOL", at("d"))
    client.server.largest_body, client.server.quota = 100, 10
    with client.begun("PUT", path, length, Expect="100-continue", **headers) as connection:
        assert first_status(connection) == status


def test_two_lengths_are_refused(client: Client) -> None:
    """RFC 9112, section 6.3; http.client alone would take the first."""
    headers = {"Content-length": "0", "Expect": "100-continue"}
    with client.begun("PUT", at("f"), 5, **headers) as connection:
        assert first_status(connection) == 400


def test_who_does_not_wait_hears_no_after_the_body(client: Client) -> None:
    client.server.largest_body = 3
    with client.begun("PUT", at("f"), 4) as connection:
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1, socket.MSG_PEEK)
        connection.settimeout(10)
        connection.sendall(b"1234")
        assert first_status(connection) == 413


def test_requests_are_remembered(client: Client) -> None:
    client.ask("PUT", at("f"), b"12", OC_Total_Length="2")
    (asked,) = client.server.requests
    assert (asked.method, asked.path, asked.sent, asked.status) == ("PUT", at("f"), 2, 201)
    assert asked.headers["oc-total-length"] == "2"
