"""A slip in the command line is answered as every other: what, and what to do, on two lines."""

from __future__ import annotations

import pytest

from backuptool.cli import main


@pytest.mark.parametrize(
    ("words", "what", "command"),
    [
        (["decrypt", "x", "--into", "y"], "unrecognized arguments: --into y", "backuptool decrypt"),
        (["check", "--nagios", "--json"], "argument --json: not allowed with argument --nagios", "backuptool check"),
        (["install", "upstart"], "invalid choice: 'upstart'", "backuptool install"),
        (["decrypt"], "the following arguments are required: FILE", "backuptool decrypt"),
        (["--confg=x", "list"], "unrecognized arguments: --confg=x", "backuptool"),
        (["lisst"], "invalid choice: 'lisst'", "backuptool"),
        ([], "the following arguments are required: COMMAND", "backuptool"),
    ],
)
def test_a_slip_names_the_help_of_its_command(
    capsys: pytest.CaptureFixture[str], words: list[str], what: str, command: str
) -> None:
    assert main(words) == (3 if "--nagios" in words else 2)
    said, hint = capsys.readouterr().err.splitlines()
    assert said.startswith("backuptool: ")
    assert what in said
    assert hint == f"hint: {command} --help says what there is"
