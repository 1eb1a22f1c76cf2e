"""Programs of this host."""

from __future__ import annotations

import os
from typing import Any

from plumbum import CommandNotFound, local

from backuptool.errors import SourceError
from backuptool.shells.guard import Guarded, ending, mark


class Local:
    """`path`: folders, separated by colons, that are searched before PATH."""

    def __init__(self, path: str = "") -> None:
        self._path = path

    def __str__(self) -> str:
        return "this host"

    def command(self, *argv: str) -> Any:
        """A plumbum command that runs exactly `argv`. Raises SourceError when there is no such program."""
        marked = mark()
        return Guarded(self._bare(marked, argv), self._bare("", ending(marked)), argv, str(self))

    def _bare(self, marked: str, argv: tuple[str, ...]) -> Any:
        before = [folder for folder in self._path.split(":") if folder]
        with local.env():
            local.env["PATH"] = ":".join([*before, local.env.get("PATH") or os.defpath])
            try:
                found = local[argv[0]]
            except CommandNotFound:
                raise SourceError(f"{argv[0]}: not found on {self}", hint=_hint()) from None
            path = (f"PATH={local.env['PATH']}",) if before else ()
            words = tuple(word for word in (marked, *path) if word)
            return local["env"][(*words, str(found), *argv[1:])] if words else found[argv[1:]]


def _hint() -> str:
    """Who lacks even sh lacks no program, but a PATH."""
    if "sh" in local:
        return "install it, or set the shell's path"
    return f"PATH is {local.env.get('PATH')}, where not even sh is: correct it"
