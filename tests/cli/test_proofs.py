"""How a copy was proven is said, and remembered: `size only` where the configuration asks for no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from tests.cli.test_round_trip import Host, made_host
from tests.stores.davserver import PASSWORD, USER, dav_server


@pytest.fixture
def host(tmp_path: Path, server: PostgreSQL) -> Iterator[Host]:
    """Its only store is a WebDAV server that is asked for the size."""
    host = made_host(tmp_path, server)
    password = tmp_path / "password.txt"
    password.touch(mode=0o600)
    password.write_text(PASSWORD)
    with dav_server(tmp_path) as running:
        before = host.config.read_text().partition("[[plans.broker.stores]]")[0]
        host.config.write_text(
            f'{before}[[plans.broker.stores]]\ntype = "webdav"\nurl = "{running.url}store/"\nuser = "{USER}"\n'
            f'password_file = "{password}"\nverify = "size"\n'
        )
        yield host


def test_size_only_is_said_until_more_was_proven(host: Host) -> None:
    assert "size only in http" in host.ok("-v", "backup")
    assert "size only" in host.ok("list")
    (row,) = json.loads(host.ok("list", "--json"))
    assert row["verified"] == "size"
    host.ok("verify")
    assert "size only" not in host.ok("list")
    (row,) = json.loads(host.ok("list", "--json"))
    assert row["verified"] == "decrypted"


def test_a_copy_that_was_read_back_is_called_verified(host: Host) -> None:
    host.config.write_text(host.config.read_text().replace('verify = "size"\n', ""))
    assert "verified in http" in host.ok("-v", "backup")
    (row,) = json.loads(host.ok("list", "--json"))
    assert (row["verified"], row["verified_at"][:2]) == ("download", "20")


def test_without_a_ledger_nobody_knows_how_it_was_proven(host: Host) -> None:
    host.ok("backup")
    (host.folder / "state" / "ledger.jsonl").unlink()
    (row,) = json.loads(host.ok("list", "--json"))
    assert row["verified"] is None


@pytest.fixture
def proven(tmp_path: Path, server: PostgreSQL) -> Host:
    """A host whose folder has a backup that was verified and drilled."""
    host = made_host(tmp_path, server)
    for command in ("backup", "verify", "drill"):
        host.ok(command)
    return host


def words(host: Host) -> tuple[object, ...]:
    (row,) = json.loads(host.ok("list", "--json"))
    return tuple(row[name] for name in ("verified", "drilled", "size_changed"))


def test_a_file_that_was_cut_since_is_not_vouched_for(proven: Host) -> None:
    assert words(proven) == ("decrypted", "same", False)
    assert re.search(r"drilled \d+ min ago", proven.ok("list"))
    whole = proven.bundle().read_bytes()
    proven.bundle().write_bytes(whole[:-1])
    assert words(proven) == (None, None, True)
    (row,) = json.loads(proven.ok("list", "--json"))
    assert (row["verified_at"], row["drilled_at"]) == (None, None)
    shown = proven.ok("list").splitlines()
    assert shown[1].endswith("  size changed")
    assert max(map(len, shown[1:])) <= 80
    proven.bundle().write_bytes(whole)
    assert words(proven) == ("decrypted", "same", False)


def test_a_failed_drill_of_what_is_there_now_is_said(proven: Host) -> None:
    proven.bundle().write_bytes(proven.bundle().read_bytes()[:-1])
    assert proven.tool("drill").returncode == 4
    assert words(proven) == (None, "failed", True)
    shown = proven.ok("list").splitlines()
    assert re.search(r"size changed, DRILL FAILED \d+ min ago", shown[-1])


def test_a_verification_that_fails_names_the_backup_and_its_store(host: Host) -> None:
    """Also where there is but one store."""
    host.ok("backup")
    (path,) = (host.folder / "store").glob("*.tar")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    done = host.tool("verify", "--json")
    assert done.returncode == 4
    assert f"backuptool: {path.name} in http" in done.stderr
    (told,) = json.loads(done.stdout)
    assert (told["backup"], told["verdict"]) == (path.name, "failed")
