"""The fake keeps the rules that were measured: files and folders."""

from __future__ import annotations

import pytest

from tests.stores.nextcloud.client import Client, at, header, listed


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
