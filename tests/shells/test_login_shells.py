"""Over ssh a command is one line for whatever shell a person has there: each takes it for the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.errors import SourceError
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


@pytest.mark.parametrize(
    ("login", "said"),
    [
        ("echo Welcome; echo to db1;", "a login at host db1 prints 'Welcome' by itself"),
        ("echo This account is not available; exit 1;", "a login at host db1 runs no command"),
    ],
    ids=["prints", "refuses"],
)
def test_a_login_that_prints_or_refuses_is_said_before_that_is_taken_for_an_answer(
    tmp_path: Path, login: str, said: str
) -> None:
    """A ~/.bashrc that greets is read by bash for a command too: the first word was taken for a container's id."""
    (tmp_path / "ssh").write_text(SSH.replace('sh -c "$*"', f"sh -c '{login} '\"$*\""))
    (tmp_path / "ssh").chmod(0o755)
    with pytest.raises(SourceError, match=said):
        Ssh("db1", via=Local(str(tmp_path))).command("docker", "ps")


def test_a_hosts_banner_is_no_reason_of_a_command_that_says_nothing(tmp_path: Path) -> None:
    """ssh shows it on stderr unless it is to show errors only; the last line there was told as what had gone wrong."""
    shown = 'case "$*" in *"-o LogLevel=ERROR "*) ;; *) echo "Authorized users only" >&2 ;; esac'
    (tmp_path / "ssh").write_text(SSH.replace("while [", f"{shown}\nwhile [", 1))
    (tmp_path / "ssh").chmod(0o755)
    with pytest.raises(SourceError, match=r"^sh ended with exit code 3$"):
        output(Ssh("db1", via=Local(str(tmp_path))).command("sh", "-c", "exit 3"))
