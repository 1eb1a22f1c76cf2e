"""Nothing of the data is written to a disk unencrypted on the way to the store, nor on the way back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_round_trip import Host

# Python tells of each file that it opens (PEP 578); the programs that it starts are given pipes.
WATCH = """
import atexit, os, sys
opened = []
def told(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        opened.append(os.fsdecode(arguments[0]))
sys.addaudithook(told)
atexit.register(lambda: open({log!r}, "a").write("".join(path + "\\n" for path in opened)))
"""
SAYS_NOTHING = {
    "RECOVER.txt", "SHA256SUMS", "SHA256SUMS.hmac", "manifest.json", "unstored.json.new", "ledger.jsonl", "lock",
    "broker.lock", "opened", "null", "tty",
}  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the names of files are written that the tool opened for writing."""
    (tmp_path / "watch").mkdir()
    written = tmp_path / "watch" / "opened"
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH.format(log=str(written)))
    return written


def says_data(name: str) -> bool:
    """By its name: of encrypted data there is an md5, as the old procedure made one."""
    return not (name in SAYS_NOTHING or name.endswith((".tar", ".md5", ".pyc")) or ".tar.upload-" in name)


def test_what_is_written_is_encrypted_or_says_nothing_of_the_data(host: Host, log: Path) -> None:
    for words in (["backup"], ["verify"], ["restore", "--into", "copied"]):
        done = host.run("--config", str(host.config), *words, PYTHONPATH=str(log.parent))
        assert done.returncode == 0, done.stderr
    host.server.psql("drop database copied")
    opened = {Path(path).name.partition(".pyc.")[0] for path in log.read_text().splitlines()}
    assert host.bundle().name in opened
    assert [name for name in opened if says_data(name)] == []


def test_a_file_with_data_would_be_seen(host: Host, log: Path) -> None:
    host.ok("backup")
    done = host.run("decrypt", str(host.bundle()), "-o", str(host.folder / "dump.sql.gz"),
                    "--passphrase-file", str(host.folder / "passphrase.txt"), PYTHONPATH=str(log.parent))  # fmt: skip
    assert done.returncode == 0, done.stderr
    opened = {Path(path).name for path in log.read_text().splitlines()}
    assert [name for name in opened if says_data(name)] != []
