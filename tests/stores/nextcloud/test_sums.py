"""The fake keeps the rules that were measured: sums that are computed, compared, or only repeated."""

from __future__ import annotations

import hashlib

import pytest

from tests.stores.nextcloud import Nextcloud
from tests.stores.nextcloud.client import Client, at, header, listed


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
        ("ADLER32:00", 201),
        ("ADLER32:0096006A", 400),
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
