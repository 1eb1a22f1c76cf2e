"""The shell's own commands that say where a script goes on: exit and the like, tests, cd, eval."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from backuptool.shellscript.conditions import TESTING, outcome
from backuptool.shellscript.expansion import essence
from backuptool.shellscript.frames import LEAVES, NOWHERE, Ends, unknown
from backuptool.shellscript.functions import Functions
from backuptool.shellscript.grammar import Grammar
from backuptool.shellscript.parts import NoScript, Reference, Word, literal, plain
from backuptool.shellscript.state import State, joined

GOING = frozenset({"cd", "pushd", "popd"})
AT_ANY_TIME = frozenset({"ERR", "DEBUG", "RETURN"})  # what is run at a signal runs in the end, or never
SAYING = frozenset({"echo", "printf"})


class Control(Functions):
    """Of the script that is followed."""

    def builtin(self, called: str, name: Word, rest: Sequence[Word], state: State) -> Ends:
        """Where it goes on behind `called`, which may be any command."""
        if called in LEAVES or (called == "exec" and rest and not self._runs_itself(rest)):
            return self._leave(called, rest, state)
        if called in TESTING:
            known = outcome([self._asked(word) for word in rest], self.is_there)
            return Ends(None if known is False else state, None if known is True else state)
        if called in SAYING:
            return Ends(state, None)
        if called in GOING:
            return self._go(rest, state)
        if called == "eval":
            return self._eval(name, rest, state)
        if called == "trap" and AT_ANY_TIME & {*map(literal, rest[1:])} and "=" in literal(rest[0]):
            state = joined(state, self._eval(name, rest[:1], state.copy()).either()) or state
        self._change_arguments(called, [plain(word) for word in rest], state)
        return unknown(state)

    def _change_arguments(self, called: str, options: Sequence[str], state: State) -> None:
        """Behind a `shift`, or a `set` with more than options, $1 is another."""
        if called == "set":
            state.exports.pass_set(options)
        if called == "shift" or (called == "set" and any(map(_is_operand, options, ["", *options]))):
            self.expansion.arguments = None
            self.expansion.called |= called == "set"

    def _go(self, rest: Sequence[Word], state: State) -> Ends:
        """To another folder, or not."""
        there, words = state.copy(), [one for word in rest for one in self.expansion.words(word) if one != "--"]
        there.folder = self.placed(words[0] or "") if len(words) == 1 else ""
        return Ends(there, None if there.folder and Path(there.folder).is_dir() else state)

    def placed(self, path: str) -> str:
        """`path` from where the shell is; empty where that is not known."""
        folder = self.expansion.now.folder
        return path if path.startswith("/") else f"{folder}/{path}" if folder and path else ""

    def _runs_itself(self, rest: Sequence[Word]) -> bool:
        """Whether the script is what is run: with what it is given there it does not do so again, and goes on."""
        script = self.expansion.script
        return bool(script) and any(script in self.expansion.words(word) for word in rest)

    def _leave(self, called: str, rest: Sequence[Word], state: State) -> Ends:
        status = literal(rest[0]) if rest else ""
        ends = Ends(state if status in {"", "0"} else None, state if status != "0" else None)
        return NOWHERE if self.frames.leave("exit" if called == "exec" else called, ends) else unknown(state)

    def _asked(self, word: Word) -> str | None:
        """A word of a test: a variable that the script does not set is empty, as it is to a default. Whether the script
        is given anything is not known."""
        names = [part.name for part in word.parts if isinstance(part, Reference)]
        if not self.expansion.called and any(name.isdigit() and name != "0" for name in names):
            return None
        match essence(word.parts):
            case [Reference(name=name, operator="")]:
                return self.expansion.known(Word((Reference(name, "-"),), word.line))
        return self.expansion.known(word)

    def _eval(self, name: Word, rest: Sequence[Word], state: State) -> Ends:
        texts = [one for word in rest for one in self.expansion.words(word)]
        if None in texts:
            self.set_unseen(name)
            return unknown(state)
        with suppress(NoScript):  # an error there too
            return self.block(Grammar(" ".join(map(str, texts)), name.line), state)
        return unknown(state)


def _is_operand(word: str, before: str) -> bool:
    return word == "--" or not (word.startswith(("-", "+")) or before.endswith("o"))
