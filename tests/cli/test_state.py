"""A host whose state cannot be written makes its backup all the same, and says what is missing."""

from __future__ import annotations

from tests.cli.test_round_trip import Host


def test_a_backup_is_made_where_the_state_cannot_be_kept(host: Host) -> None:
    (host.folder / "file").touch()
    (host.folder / "tmp").mkdir()
    text = host.config.read_text().replace(f'"{host.folder}/state"', f'"{host.folder}/file/state"')
    host.config.write_text(f'work_dir = "{host.folder}/work"\n{text}')
    done = host.run("--config", str(host.config), "backup", TMPDIR=str(host.folder / "tmp"))
    assert done.returncode == 0, done.stderr
    assert host.bundle()
    assert "the lock of plan broker is kept in" in done.stderr
    assert f"the ledger {host.folder}/file/state/ledger.jsonl cannot be written: Not a directory" in done.stderr
