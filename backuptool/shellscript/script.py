"""A script in a file, and those that it sources."""

from __future__ import annotations

import codecs
import os
import re
import shlex
import stat
from collections.abc import Mapping
from pathlib import Path

from backuptool.errors import UsageError
from backuptool.shellscript.follow import Follower
from backuptool.shellscript.found import Script, Unread
from backuptool.shellscript.frames import Ends, unknown
from backuptool.shellscript.grammar import Grammar
from backuptool.shellscript.parts import NoScript, Word
from backuptool.shellscript.state import State

DEEPEST = 5  # files that name each other
LARGEST = 1 << 18  # bytes: some seconds to read, and ten times a long script
OTHER_SHELL = re.compile(r"#!(?!.*\bbash\b)")
HINT = "name the script that made the backups so far"


def read_script(path: Path, environment: Mapping[str, str]) -> Script:
    """What the script at `path` sets. `environment`: only HOME counts. Raises UsageError."""
    reader = Reader(environment.get("HOME", ""))
    reader.expansion.script = str(path.absolute())  # as cron and systemd name it
    reader.expansion.bash = not OTHER_SHELL.match(_text(path))
    reader.end(reader.read(path, State()))
    return reader.script


def _text(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise UsageError(f"{path} is not a file", hint=HINT)
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint=HINT) from error
    if b"\0" in content:
        raise UsageError(f"{path} is no shell script", hint=HINT)
    if len(content) > LARGEST:
        raise UsageError(f"{path} is larger than {LARGEST >> 10} KiB, which is not read", hint=HINT)
    return content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


class Reader(Follower):
    """Follows scripts of this host."""

    def __init__(self, home: str) -> None:
        super().__init__(home)
        self._depth = 0

    def read(self, path: Path, state: State) -> Ends:
        """Follow the script at `path`. Raises UsageError."""
        text, before = _text(path), self.expansion.file
        self._depth += 1
        self.expansion.file = path
        try:
            return self.block(Grammar(text), state)
        except NoScript as error:
            raise UsageError(f"{path}: {error}", hint=f"try it: bash -n {shlex.quote(str(path))}") from error
        finally:
            self.expansion.file = before
            self._depth -= 1

    def source(self, word: Word, state: State) -> Ends:
        """Follow the script that `word` names, if it is there."""
        named = self.expansion.known(word)
        if named is None or self._depth > DEEPEST or not self.is_there(named):
            name = named or "a file whose name is worked out while it runs"
            self.leave_unread(Unread(name, self.expansion.file, word.line))
            return unknown(state)
        with self.frames.opened("source") as frame:
            ends = self.read(Path(self.placed(named)), state)
        return frame.ends(ends)

    def is_there(self, path: str) -> bool:
        """Whether the file is one of this host."""
        return os.path.isfile(self.placed(path))  # noqa: PTH113 - Path's raises where a folder before it is closed
