"""Questions to a person at a terminal: each with a default, each asked again until the answer can be one."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from pathlib import Path

from backuptool.cli.streams import say
from backuptool.errors import Interrupted, UsageError
from backuptool.interruption import attentive
from backuptool.secret import Secret

Checked = Callable[[str], str]  # empty when the answer can be one, else why not
NOTHING = "nothing was written"


def ask(question: str, default: str = "", check: Checked = lambda _: "") -> str:
    """The answer, without blanks around it; `default` when there is none. Raises UsageError when nobody answers."""
    while True:
        try:
            with attentive():
                answer = input(f"{question} [{default}]: " if default else f"{question}: ").strip() or default
        except EOFError:
            say("")
            raise UsageError(f"the answers have ended; {NOTHING}", hint="run it again") from None
        except Interrupted:
            say("")  # the question's line ends
            raise
        if not (wrong := check(answer)):
            return answer
        say(f"  {wrong}")


def ask_secret(question: str) -> Secret:
    """A line that is not shown. Raises UsageError when nobody answers."""
    while True:
        try:
            with attentive():
                answer = getpass.getpass(f"{question} (not shown): ")
        except EOFError:
            say("")
            raise UsageError(f"the answers have ended; {NOTHING}", hint="run it again") from None
        except Interrupted:
            say("")
            raise
        if answer and answer.isprintable():
            return Secret(answer.encode("utf-8", "surrogateescape"))
        say(f"  {needed(answer) or 'one line, please'}")


def absolute(answer: str) -> str:
    """Whether it is an absolute path."""
    return "" if answer.startswith("/") else "an absolute path, please: it begins with /"


def a_new_file(answer: str) -> str:
    """Whether a file can be made there, with the folders that are missing before it."""
    place = next((one for one in Path(answer).parents if os.path.lexists(one)), Path("/"))
    makes = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return absolute(answer) or ("" if makes else f"{answer} cannot be made: {place} takes no file of yours")


def a_file(answer: str) -> str:
    """Whether it is the path of a file that is there."""
    there = os.path.isfile(answer)  # noqa: PTH113 - Path's raises where a folder before it is closed
    return absolute(answer) or ("" if there else f"there is no file {answer}")


def needed(answer: str) -> str:
    """Whether there is any."""
    return "" if answer else "it cannot be left out"


def a_name(answer: str) -> str:
    """Whether it can be the name of a service: programs take one with a dash before it for an option."""
    return needed(answer) or ("a name does not begin with a dash" if answer.startswith("-") else "")
