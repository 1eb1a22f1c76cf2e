"""Keys of a plan that change what a bundle holds, where it is put together and what opens it."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests.bundle.sample import KeyRing
from tests.cli.test_round_trip import Host


def told(host: Host, line: str) -> None:
    host.config.write_text(host.config.read_text().replace("[plans.broker]\n", f"[plans.broker]\n{line}\n", 1))


def members(bundle: Path) -> set[str]:
    """Without the name that most of them begin with."""
    with tarfile.open(bundle) as tar:
        return {name.removeprefix(bundle.name.removesuffix(".tar")) for name in tar.getnames()}


@pytest.mark.parametrize(("key", "member"), [("md5", ".sql.gz.md5"), ("roles", ".globals.sql.gz.enc")])
def test_what_a_plan_leaves_out_is_in_no_bundle_and_else_it_is(host: Host, key: str, member: str) -> None:
    host.ok("backup")
    before = members(host.bundle())
    assert member in before
    told(host, f"{key} = false")
    host.ok("backup")
    assert before - members(host.bundle()) == {member}
    host.ok("verify")


@pytest.mark.parametrize("command", ["backup", "verify"])
def test_a_bundle_is_made_and_fetched_in_the_work_dir_and_nowhere_else(host: Host, command: str) -> None:
    """One in which nobody can write is found out; nothing is put anywhere in its stead."""
    host.ok("backup")
    before = sorted(host.folder.rglob("*"))
    host.config.write_text(f'work_dir = "/proc/none"\n{host.config.read_text()}')
    done = host.tool(command)
    assert (done.returncode, "/proc/none" in done.stderr) == (1, True), done.stderr
    assert sorted(host.folder.rglob("*")) == before


def test_a_sealed_bundle_is_opened_by_the_identity_file_of_the_plan(host: Host, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    ring = KeyRing.make(tmp_path / "keys")
    sealed = f'recipients = ["{ring.recipient}"]\nsigning_key = "{ring.signing_key}"\nsigners = "{ring.signers}"'
    text = host.config.read_text()
    host.config.write_text(text.replace(f'passphrase_file = "{host.folder}/passphrase.txt"', sealed))
    host.ok("backup")
    told(host, f'identity_file = "{ring.identity}"')
    (row,) = json.loads(host.ok("verify", "--json"))
    assert row["verdict"] == "whole"
