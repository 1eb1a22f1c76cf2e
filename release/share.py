"""What lands in PREFIX/share: manual page, completions, schema; all from the parser and the models.

They are committed, so that a build needs nothing but hatchling; `make generated` writes them, a test compares them.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import shtab

from backuptool import __version__
from backuptool.cli.parser import parser
from release.manpage import actions, commands, manual
from release.refused import Refused
from release.schema import schema
from release.tree import released

TOP = Path(__file__).parents[1]


def share() -> dict[str, str]:
    """Each file's text by its path below share/; the page's day is that of the version, from the changelog."""
    return {
        "man/man1/backuptool.1": manual(parser(), __version__, released(TOP, __version__)),
        "bash-completion/completions/backuptool": completion("bash"),
        "zsh/site-functions/_backuptool": completion("zsh"),
        "fish/vendor_completions.d/backuptool.fish": completion("fish"),
        "backuptool/config.schema.json": json.dumps(schema(), indent=1) + "\n",
    }


def write(folder: Path) -> None:
    """Write all of them below `folder`."""
    for name, text in share().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def completion(shell: str) -> str:
    """The completion script; files and folders are completed where they are asked for."""
    top = parser()
    for each in (top, *commands(top).values()):
        for action in actions(each):
            if action.type is Path:
                action.complete = _kind(action)  # type: ignore[attr-defined]  # shtab's way to be told
    return str(shtab.complete(top, shell))


def _kind(action: argparse.Action) -> object:
    return shtab.DIRECTORY if action.metavar == "DIR" else shtab.FILE


def main(folder: str) -> int:
    """Exit code 0, or 1 with a line that says what is wrong."""
    try:
        write(Path(folder))
    except Refused as error:
        print(f"generated: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
