"""The contract on this host."""

from __future__ import annotations

from pathlib import Path

import pytest
from plumbum import local

from backuptool.errors import SourceError
from backuptool.shells.local import Local
from backuptool.shells.stream import output
from tests.contracts.shell import ShellContract


class TestLocal(ShellContract):
    @pytest.fixture
    def shell(self) -> Local:
        return Local()

    @pytest.fixture
    def construct(self) -> str:
        return "from backuptool.shells.local import Local\nshell = Local()"


def test_folders_of_path_are_searched_first(tmp_path: Path) -> None:
    program = tmp_path / "psql"
    program.write_text("#!/bin/sh\necho ours\n")
    program.chmod(0o755)
    shell = Local(str(tmp_path))
    assert output(shell.command("psql")) == b"ours\n"
    assert output(shell.command("env", "A=1", "psql")) == b"ours\n"


def test_a_missing_program_is_found_out_before_it_runs() -> None:
    with pytest.raises(SourceError, match="no-such-program: not found"):
        Local().command("no-such-program")


def test_a_program_is_found_where_there_is_no_path_at_all() -> None:
    """`env -i`, and some containers' exec."""
    with local.env():
        del local.env["PATH"]
        assert output(Local().command("echo", "found")) == b"found\n"
