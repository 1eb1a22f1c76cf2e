"""What `verify --json` says has the meaning that docs/operations.md gives it, also where all is not well."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.bundle.sample import KeyRing
from tests.cli.test_old import altered, stored
from tests.cli.test_round_trip import Host
from tests.cli.test_stores import flipped, second, stored_in
from tests.past.procedure import NAME
from tests.sources.test_completeness import OLD

FAILED = ["backup", "store", "verdict", "error"]


def told(host: Host, *words: str, code: int = 0) -> list[dict[str, Any]]:
    done = host.tool("verify", *words, "--json")
    assert done.returncode == code, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


@pytest.fixture
def old(host: Host) -> Path:
    return stored(host, gzip.compress(OLD))


def test_its_size_is_that_of_the_stored_file_as_in_the_list(host: Host) -> None:
    host.ok("backup")
    (row,) = told(host)
    (listed,) = json.loads(host.ok("list", "--json"))
    assert row["size"] == listed["size"] == host.bundle().stat().st_size


def test_of_an_old_backup_it_has_the_fields_that_the_page_names_and_the_files_size(host: Host, old: Path) -> None:
    (row,) = told(host, NAME)
    assert list(row) == ["backup", "store", "size", "dump_size", "authenticated", "kdf", "md5", "verdict"]
    assert (row["size"], row["dump_size"]) == (old.stat().st_size, len(OLD))


def test_the_only_copy_that_is_bad_is_in_it_with_the_error(host: Host) -> None:
    host.ok("backup")
    flipped(host.bundle())
    (row,) = told(host, code=4)
    assert (list(row), row["backup"], row["verdict"]) == (FAILED, host.bundle().name, "failed")
    assert "was altered or is damaged" in row["error"]


def test_an_old_copy_that_is_bad_is_in_it_beside_the_good_one(host: Host, old: Path) -> None:
    stored_in(host, second(host))
    second(host).mkdir()
    (second(host) / old.name).write_bytes(old.read_bytes())
    altered(old)
    whole, failed = told(host, NAME, code=4)
    assert (whole["store"], whole["verdict"]) == (str(second(host)), "whole")
    assert (list(failed), failed["backup"], failed["store"]) == (FAILED, old.name, str(host.store))
    assert (failed["verdict"], "another md5" in failed["error"]) == ("failed", True)


def test_the_only_old_copy_that_is_bad_is_in_it_too(host: Host, old: Path) -> None:
    altered(old)
    (row,) = told(host, NAME, code=4)
    assert (row["verdict"], "another md5" in row["error"]) == ("failed", True)


def test_a_store_that_does_not_answer_for_an_old_one_is_in_it(host: Host, old: Path) -> None:
    stored_in(host, second(host))
    second(host).touch()
    whole, failed = told(host, NAME, code=3)
    assert (whole["verdict"], failed["store"], failed["verdict"]) == ("whole", str(second(host)), "failed")


def test_a_host_without_a_private_key_calls_a_sealed_one_authentic_and_its_owner_whole(
    host: Host, tmp_path: Path
) -> None:
    (tmp_path / "keys").mkdir()
    ring = KeyRing.make(tmp_path / "keys")
    sealed = f'recipients = ["{ring.recipient}"]\nsigning_key = "{ring.signing_key}"\nsigners = "{ring.signers}"\n'
    text = host.config.read_text()
    host.config.write_text(text.replace(f'passphrase_file = "{host.folder}/passphrase.txt"\n', sealed))
    host.ok("backup")
    (row,) = told(host)
    assert (row["verdict"], row["decrypted"], row["dump_size"], row["contents"]) == ("authentic", False, None, None)
    (row,) = told(host, "--identity", str(ring.identity))
    assert (row["verdict"], row["decrypted"], row["contents"]["format"]) == ("whole", True, 1)
    assert "  authentic by its signature; not decrypted" in host.ok("verify")
