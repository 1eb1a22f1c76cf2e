"""A bundle in which a byte was changed is refused by every command that reads it, and nothing of it is handed on."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.bundle import Bundle
from tests.bundle.sample import PASSPHRASE, STEM, make
from tests.cli.quick import TOOL
from tests.cli.test_round_trip import Host

COMMANDS = (
    ("verify", "--file"), ("restore", "--into", "never", "--file"), ("drill", "--file"), ("decrypt",),
    ("decrypt", "--output", "-"),
)  # fmt: skip
MEMBERS = ("RECOVER.txt", f"{STEM}.sql.gz.enc", "SHA256SUMS", "SHA256SUMS.hmac")


@pytest.fixture
def bundle(host: Host) -> Path:
    host.argv = TOOL  # it was made in this process
    (host.folder / "passphrase.txt").write_bytes(PASSPHRASE.reveal() + b"\n")
    return make(host.folder / "made")


def refused(host: Host, words: tuple[str, ...], bundle: Path) -> None:
    before = sorted(host.folder.rglob("*"))
    done = host.tool(*words, str(bundle))
    assert (done.returncode, done.stdout) == (4, ""), done.stderr
    said, hint = done.stderr.splitlines()
    assert hint.startswith("hint: ")
    (host.folder / "state").mkdir(exist_ok=True)
    made = set(host.folder.rglob("*")) - {*before, host.folder / "state"}
    assert {path for path in made if path.suffix not in (".lock", ".jsonl")} == set(), said


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("member", MEMBERS)
def test_one_byte_that_was_changed_is_exit_4_and_nothing_comes_out(
    host: Host, bundle: Path, words: tuple[str, ...], member: str
) -> None:
    with Bundle.open(bundle) as one:
        start, size = one.members[member]
    content = bytearray(bundle.read_bytes())
    content[start + size // 2] ^= 1
    bundle.write_bytes(content)
    refused(host, words, bundle)
    assert host.server.psql("select count(*) from pg_database where datname = 'never'") == "0"


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_so_is_one_that_was_cut(host: Host, bundle: Path, words: tuple[str, ...]) -> None:
    bundle.write_bytes(bundle.read_bytes()[:-512])
    refused(host, words, bundle)


def test_the_same_unchanged_is_taken(host: Host, bundle: Path) -> None:
    host.ok("verify", "--file", str(bundle))
    host.ok("decrypt", str(bundle))
