"""An empty word, as of `--into "$NAME"` where NAME is not set, is never taken for another, nor for none."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from backuptool.cli import main
from backuptool.cli.parser import parser
from release.manpage import commands
from tests.cli.test_round_trip import Host

TAKING = [
    (name, action) for name, command in commands(parser()).items() for action in command._actions if action.nargs != 0
]


@pytest.mark.parametrize(("command", "action"), TAKING)
def test_one_that_is_empty_is_refused_in_a_line(
    command: str,
    action: argparse.Action,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)  # where `demo --keep ""` left a passphrase
    option = action.option_strings[-1:]
    ways = [[*option, ""], [f"{option[0]}="]] if option and option[0].startswith("--") else [[""]]
    for words in ways:
        code, (out, err) = main([command, *words]), capsys.readouterr()
        assert (code, out) == (2, "")
        assert re.fullmatch(r"backuptool: an empty word is given as .+\nhint: .+\n", err), err
        assert all(name in err for name in option)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["restore", "--drop-old", ""], "--drop-old OLD"),
        (["restore", "--file", "", "--into", "copy"], "--file PATH"),
        (["restore", "broker", "", "--replace"], "NAME"),
        (["restore", "--to-shell", "", "--replace"], "--to-shell SHELL"),
        (["--config", "", "list"], "--config FILE"),
        (["decrypt", "x.enc", "-o", ""], "-o/--output OUT"),
        (["restore", "broker", "--into", ""], "--into/--database NAME"),
        (["keygen", ""], "DIR"),
        (["uninstall", ""], "{cron,systemd}"),
    ],
)
def test_it_is_said_of_what_it_is_and_nothing_is_done(host: Host, words: list[str], said: str) -> None:
    done = host.tool(*words)
    first, hint = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert first == f"backuptool: an empty word is given as {said}"
    assert hint == f"hint: say which {said.rpartition(' ')[2]} is meant; a shell variable that is not set is empty"


def test_it_is_unknown_to_nagios_and_nothing_worse(host: Host) -> None:
    done = host.tool("check", "--nagios", "")
    assert (done.returncode, done.stdout) == (3, "BACKUPTOOL UNKNOWN - an empty word is given as PLAN\n")
