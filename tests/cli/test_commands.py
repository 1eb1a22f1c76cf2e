"""Each command has its function; nothing of the others is loaded for it."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

from backuptool.cli.commands import COMMANDS

# What takes the time: 0.5 s of the 0.7 s that all the modules need.
SAYS = """
import contextlib, sys
from backuptool.cli import main
with contextlib.suppress(SystemExit):
    main(sys.argv[1:])
print("pydantic" in sys.modules)
"""


def loads(*words: str) -> bool:
    """Whether the command loads what only some need."""
    argv = [sys.executable, "-c", SAYS, *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1] == "True"


def test_each_is_there() -> None:
    for place in COMMANDS.values():
        assert callable(pkgutil.resolve_name(f"backuptool.cli.{place}"))


def test_only_what_it_needs_is_loaded() -> None:
    assert not loads("list", "--help")
    assert not loads("lisst")
    assert loads("--config", "/none", "list")
