"""The fake says of itself what the real ones say."""

from __future__ import annotations

import json

import pytest

from tests.stores.davserver import USER
from tests.stores.nextcloud import Nextcloud
from tests.stores.nextcloud.client import Client


def test_the_user_is_told_its_own_name(client: Client) -> None:
    answer = client.ask("GET", "/ocs/v2.php/cloud/user?format=json", OCS_APIRequest="true")
    assert json.loads(answer.body)["ocs"]["data"]["id"] == USER


@pytest.mark.parametrize("path", ["/ocs/v2.php/cloud/capabilities?format=json", "/ocs/v2.php/cloud/user?format=json"])
def test_capabilities_need_their_header_at_nextcloud(client: Client, owncloud: Nextcloud, path: str) -> None:
    assert client.status("GET", path) == 412
    assert Client(owncloud).status("GET", path) == 200


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
    assert json.loads(client.ask("GET", "/status.php").body)["versionstring"].startswith("11.")
