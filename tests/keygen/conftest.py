"""One run of keygen that makes everything."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

FILES = {
    "--passphrase": {"passphrase.txt"},
    "--recipient": {"identity.pem", "recipient.pem"},
    "--signing": {"signing_key", "signing_key.pub", "allowed_signers"},
}
ALL = set[str]().union(*FILES.values())
SECRET = {"passphrase.txt", "identity.pem", "signing_key"}


def run(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "backuptool", "keygen", *words]
    environment = {**os.environ, **more}
    return subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@dataclass
class Made:
    """What one keygen of everything left, and printed."""

    folder: Path
    sheet: str

    @property
    def lines(self) -> list[str]:
        return self.sheet.splitlines()

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    parent = tmp_path_factory.mktemp("keygen")
    done = run(parent, "keys")
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in parent.iterdir()] == ["keys"]
    return Made(parent / "keys", done.stdout)
