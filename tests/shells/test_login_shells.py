"""Over ssh a command is one line for whatever shell a person has there: each takes it for the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.shells.local import Local
from backuptool.shells.ssh import Ssh
from backuptool.shells.stream import output
from tests.contracts.shell import ODD
from tests.shells.programs import SSH

HARD = ["\\", "\\\\", "\\'", "'\\", 'it\'s \\"so\\"', "\\n", "select E'\\\\''", "a\\ b"]
needs = pytest.mark.needs


@pytest.mark.parametrize("login", ["sh", "bash", pytest.param("fish", marks=needs("fish"))])
def test_words_come_through_as_they_are(tmp_path: Path, login: str) -> None:
    (tmp_path / "ssh").write_text(SSH.replace("sh -c", f"{login} -c"))
    (tmp_path / "ssh").chmod(0o755)
    words = [*ODD, *HARD]
    printed = output(Ssh("db1", via=Local(str(tmp_path))).command("printf", "%s\\0", *words))
    assert printed.decode().split("\0") == [*words, ""]
