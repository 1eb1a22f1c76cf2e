"""Where nothing at hand opens backups, that is a mistake of whoever asks, and says nothing about the backups."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bundle.sample import KeyRing
from tests.cli.test_round_trip import Host


@pytest.fixture
def sealed(host: Host, tmp_path: Path) -> Host:
    """Its backups are sealed and signed, and its plan says neither whose signature is demanded nor what opens them."""
    (tmp_path / "keys").mkdir()
    ring = KeyRing.make(tmp_path / "keys")
    text, keys = host.config.read_text(), f'recipients = ["{ring.recipient}"]\nsigning_key = "{ring.signing_key}"\n'
    host.config.write_text(text.replace(f'passphrase_file = "{host.folder}/passphrase.txt"\n', keys))
    host.ok("backup")
    return host


@pytest.mark.parametrize("signers", [False, True])
def test_it_is_said_before_anything_is_read_and_no_drill_has_failed(sealed: Host, signers: bool) -> None:
    ledger = sealed.folder / "state" / "ledger.jsonl"
    if signers:
        line = f'[plans.broker]\nsigners = "{sealed.folder}/keys/allowed_signers"\n'
        sealed.config.write_text(sealed.config.read_text().replace("[plans.broker]\n", line))
    before, file = ledger.read_text(), str(sealed.bundle())
    commands = [["restore", "--into", "never"], ["drill"], ["drill", "--file", file], ["decrypt", file]]
    if not signers:  # by which verify proves it
        commands += [["verify"], ["verify", "--file", file]]
    for words in commands:
        done = sealed.tool(*words)
        assert (done.returncode, done.stdout) == (2, ""), words
        said, hint = done.stderr.splitlines()
        assert said == "backuptool: nothing at hand opens a backup: no passphrase, and no private key of a recipient"
        assert hint.startswith("hint: --identity FILE, or --passphrase-file FILE"), hint
    assert ledger.read_text() == before


def test_for_an_old_backup_it_is_a_passphrase_that_is_missing(sealed: Host) -> None:
    old = sealed.folder / "old.sql.gz.enc"
    old.write_bytes(b"Salted__" + bytes(40))
    words = ["--identity", f"{sealed.folder}/keys/identity.pem", "--signers", "none"]
    for command in (["decrypt"], ["verify", "--file"]):
        done = sealed.tool(*command, str(old), *words)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert done.stderr == (
            "backuptool: no passphrase is at hand, and nothing else opens an old backup\nhint: --passphrase-file FILE\n"
        )


def test_a_passphrase_that_a_sealed_backup_does_not_have_is_told_what_it_needs(sealed: Host) -> None:
    passphrase = str(sealed.folder / "passphrase.txt")
    done = sealed.tool("verify", "--file", str(sealed.bundle()), "--passphrase-file", passphrase)
    assert done.returncode == 4, "nothing tells a wrong passphrase from an altered bundle"
    assert done.stderr.splitlines()[1].startswith("hint: it says that it is sealed for recipients: --identity FILE")
