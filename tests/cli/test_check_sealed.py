"""Where nothing decrypts what a backup says of its tables, `check -v` says that they were not compared."""

from __future__ import annotations

from pathlib import Path

from tests.bundle.sample import KeyRing
from tests.cli.test_round_trip import Host

SAID = "tables are not compared: nothing here decrypts what the backup says of them"


def test_it_is_said_where_there_is_no_private_key_and_only_there(host: Host, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    ring = KeyRing.make(tmp_path / "keys")
    sealed = f'recipients = ["{ring.recipient}"]\nsigning_key = "{ring.signing_key}"\nsigners = "{ring.signers}"\n'
    text = host.config.read_text()
    host.config.write_text(text.replace(f'passphrase_file = "{host.folder}/passphrase.txt"\n', sealed))
    host.ok("backup")
    assert SAID in host.ok("check", "-v")
    assert SAID not in host.ok("check")
    host.config.write_text(host.config.read_text().replace(sealed, f'{sealed}identity_file = "{ring.identity}"\n'))
    opened = host.ok("check", "-v")
    assert (SAID in opened, "7 tables" in opened) == (False, True)


def test_with_a_passphrase_they_are(host: Host) -> None:
    host.ok("backup")
    checked = host.ok("check", "-v")
    assert (SAID in checked, "7 tables" in checked) == (False, True)
