"""After a rotation as docs/operations.md describes it: old backups open, and a thief of the old passphrase makes none
that is newer than the day on which it was used last."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.test_round_trip import Host

SAID = "the bundle was made under a passphrase that was retired on "


def rotated(host: Host, until: datetime) -> None:
    old = host.folder / "old.txt"
    if not old.exists():
        shutil.copy(host.folder / "passphrase.txt", old)
        (host.folder / "passphrase.txt").write_text("quite another one that is long enough\n")
    day = f'old_passphrase_files = [{{ file = "{old}", until = {until.date()} }}]\n'
    lines = host.config.read_text().splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith("old_passphrase_files"))
    host.config.write_text(kept.replace("[plans.broker]\n", f"[plans.broker]\n{day}", 1))


@pytest.fixture
def older(host: Host) -> Path:
    """A backup under the passphrase that is retired."""
    host.ok("backup")
    return host.bundle()


def test_what_it_made_until_that_day_opens_and_the_next_backup_follows_it(host: Host, older: Path) -> None:
    rotated(host, datetime.now(UTC))
    host.ok("verify", older.name)
    host.ok("backup")
    assert host.bundle() != older
    host.ok("verify")
    assert "  OK" in host.ok("check")


def test_what_it_made_later_is_believed_by_no_command(host: Host, older: Path) -> None:
    rotated(host, datetime.now(UTC) - timedelta(days=2))
    keep = "keep = { last = 1, minimum = 1 }\n"
    host.config.write_text(host.config.read_text().replace("[plans.broker]\n", f"[plans.broker]\n{keep}", 1))
    for words in (["verify"], ["restore", "--into", "never"], ["drill"], ["verify", "--file", str(older)]):
        done = host.tool(*words)
        assert (done.returncode, SAID in done.stderr) == (4, True), (words, done.stderr)
    checked = host.tool("check")
    assert (checked.returncode, SAID in checked.stdout) == (4, True), checked.stdout
    assert host.server.psql("select count(*) from pg_database where datname = 'never'") == "0"


def test_what_it_made_later_neither_counts_for_retention_nor_goes(host: Host, older: Path) -> None:
    """The ledger of this host knows it; of a thief's it would know nothing."""
    keep = "keep = { last = 1, minimum = 1 }\n"
    host.config.write_text(host.config.read_text().replace("[plans.broker]\n", f"[plans.broker]\n{keep}", 1))
    rotated(host, datetime.now(UTC) - timedelta(days=2))
    (host.folder / "state" / "ledger.jsonl").unlink()
    while f"{datetime.now(UTC):%H%M%S}Z" in older.name:  # a name is a second's, and nothing tells of it any more
        time.sleep(0.05)
    done = host.tool("backup")
    assert (done.returncode, SAID in done.stderr) == (3, True), done.stderr
    assert older.exists()
