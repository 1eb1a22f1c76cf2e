"""A host that lost its ledger, or was made anew, goes on with the backups that its stores have."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, Keys
from backuptool.secret import Secret
from tests.cli.quick import quick_keys
from tests.cli.test_round_trip import Host
from tests.stores.davserver import DavServer


@pytest.fixture(params=["directory", "webdav"])
def place(request: pytest.FixtureRequest, host: Host) -> Path:
    """The folder of its only store."""
    if request.param == "directory":
        return host.store
    server: DavServer = request.getfixturevalue("dav")
    return server.folder / "x"


def chained(place: Path) -> list[tuple[int, bool]]:
    """Each backup's number, and whether it follows the one before."""
    found, before = [], None
    for path in sorted(place.glob("*.tar")):
        with quick_keys(), Bundle.open(path) as bundle:
            manifest = bundle.authenticate(Keys.of(Secret(b"correct horse battery staple")))
            found.append((manifest.sequence, manifest.previous == before))
            before = bundle.sums_digest
    return found


def test_the_next_backup_follows_the_newest_and_check_is_content(host: Host, place: Path) -> None:
    for _ in range(2):
        host.ok("backup")
    newest = max(place.glob("*.tar")).name
    (host.folder / "state" / "ledger.jsonl").unlink()
    while f"{datetime.now(UTC):%H%M%S}Z" in newest:  # a name is a second's, and nothing tells of it any more
        time.sleep(0.05)
    done = host.tool("backup")
    assert (done.returncode, done.stdout) == (0, "")
    ((begin, end),) = [line.split(" is not in the ledger: ") for line in done.stderr.splitlines()]
    assert begin.startswith(f"backuptool: {newest} in ")
    assert end == "the new backup follows it, as number 3"
    assert host.tool("backup").stderr == ""
    assert chained(place) == [(1, True), (2, True), (3, True), (4, True)]
    (row,) = json.loads(host.ok("check", "--json"))
    assert (row["state"], row["backups"], row["findings"]) == ("ok", 4, [])
