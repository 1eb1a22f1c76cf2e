"""The shell's own commands that say where a script goes on: exit and the like, tests, cd, eval."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from backuptool.shellscript.assignments import is_whole
from backuptool.shellscript.conditions import EQUAL, TESTING, outcome
from backuptool.shellscript.found import Unread
from backuptool.shellscript.frames import LEAVES, NOWHERE, Ends, unknown
from backuptool.shellscript.functions import Functions
from backuptool.shellscript.grammar import Grammar
from backuptool.shellscript.parameters import UnclearWord
from backuptool.shellscript.parts import NoScript, Part, Reference, Unknown, Word, literal, plain
from backuptool.shellscript.state import State, joined

GOING = frozenset({"cd", "pushd", "popd"})
AT_THE_END = frozenset({"EXIT", "0"})
AT_ANY_TIME = frozenset({"ERR", "DEBUG", "RETURN"})  # what is run at a signal runs in the end, or never
SETTING = frozenset({"lastpipe", "expand_aliases"})  # read X at the end of a pipe, or by another name
LEVELS = frozenset("123456789")  # of loops that `break` leaves
SUCCEEDING = frozenset({"echo", "printf", "true", ":"})


class Control(Functions):
    """Of the script that is followed."""

    def builtin(self, called: str, name: Word, rest: Sequence[Word], state: State) -> Ends:
        """Where it goes on behind `called`, which may be any command."""
        if called in LEAVES or (called == "exec" and rest and not self._runs_itself(rest)):
            return self._leave(called, rest, state)
        if (known := self._succeeds(called, rest)) is not None:
            return Ends(state, None) if known else Ends(None, state)
        if called in GOING:
            return self._go(rest, state)
        if called == "eval":
            return self._eval(name, rest, state)
        if called == "trap":
            state = self._trap(name, [word for word in rest if literal(word) != "--"], state)
        for option in SETTING & {*map(literal, rest)} if called == "shopt" else ():
            how = "lets commands set variables in a way that is not followed"
            self.leave_unread(Unread(f"shopt {option}", self.expansion.file, name.line, how))
        self._change_arguments(called, [plain(word) for word in rest], state)
        return unknown(state)

    def _trap(self, name: Word, rest: Sequence[Word], state: State) -> State:
        """What holds behind a trap that is set."""
        signals = {one and one.upper() for word in rest[1:] for one in self.expansion.words(word)}
        text = self.expansion.known(rest[0]) if (AT_THE_END | {None}) & signals else None
        with suppress(NoScript):  # an error at the end, too
            self.frames.trap(tuple(Grammar(text or "", name.line)))
        if AT_ANY_TIME & signals and "=" in literal(rest[0]):
            return joined(state, self._at_any_time(name, rest[0], state)) or state
        return state

    def _at_any_time(self, name: Word, text: Word, state: State) -> State | None:
        """What a trap does that may run behind any command."""
        before, behind = dict(state.variables), self._eval(name, [text], state.copy()).either()
        for variable, held in behind.variables.items() if behind else ():
            if held is not before.get(variable):
                self.variables.change(variable, "may be set by a trap at any time")
        return behind

    def _succeeds(self, called: str, rest: Sequence[Word]) -> bool | None:
        """Whether `called` does; None where that is not known."""
        if called in TESTING:
            if not self.expansion.bash and (called == "[[" or "==" in map(plain, rest)):
                return None
            words = rest if called == "test" else rest[:-1]
            return outcome(self._tested(words) if called == "[[" else self._asked(words), self.is_there)
        return {"false": False}.get(called, True if called in SUCCEEDING else None)

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
        sure = os.path.isdir(there.folder)  # noqa: PTH112 - Path's raises where a folder before it is closed
        return Ends(there, None if sure else state)

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
        if called in {"break", "continue"}:
            levels = int(status) if status in LEVELS else None if rest else 1
            return NOWHERE if self.frames.leave(called, unknown(state), levels) else unknown(state)
        ends = Ends(state if status in {"", "0"} else None, state if status != "0" else None)
        return NOWHERE if self.frames.leave("exit" if called == "exec" else called, ends) else unknown(state)

    def _asked(self, words: Sequence[Word]) -> list[str | None]:
        """The words of a test."""
        found = list[str | None]()
        for word in map(self._defaulted, words):
            try:
                found += self.expansion.split(word)
            except UnclearWord:
                found.append(None)
        return found

    def _tested(self, words: Sequence[Word]) -> list[str | None]:
        """The words of [[ … ]], which are not split; what is like a pattern is as if it were equal to it."""
        defaulted = list(map(self._defaulted, words))
        found = list(map(self.expansion.known, defaulted))
        for at, word in enumerate(words[1:-1], 1):
            if plain(word) in EQUAL:
                fits, text = self.expansion.fits(found[at - 1], defaulted[at + 1].parts), found[at - 1]
                found[at + 1] = text if fits else None if fits is None else f"not {text}"
        return found

    def _defaulted(self, word: Word) -> Word:
        """`word` of a test, to which a variable that the script does not set is empty. Whether the script is given
        anything is not known."""
        return replace(word, parts=tuple(map(self._default, word.parts)))

    def _default(self, part: Part) -> Part:
        if not isinstance(part, Reference):
            return part
        if not self.expansion.called and part.name.isdigit() and part.name != "0":
            return Unknown("what it is given")
        return part if part.operator else replace(part, operator="-")

    def fits(self, word: Word, patterns: Sequence[Word], state: State) -> bool | None:
        """As for [[."""
        self.expansion.now, self.expansion.line = state, word.line
        text = self.expansion.known(self._defaulted(word))
        answers = [self.expansion.fits(text, self._defaulted(pattern).parts) for pattern in patterns]
        return True if True in answers else None if None in answers else False

    def _eval(self, name: Word, rest: Sequence[Word], state: State) -> Ends:
        texts = [one for word in rest for one in self.expansion.words(word)]
        if not all(map(is_whole, texts)):
            self.set_unseen(name)
            return unknown(state)
        with suppress(NoScript):  # an error there too
            return self.block(Grammar(" ".join(map(str, texts)), name.line), state)
        return unknown(state)


def _is_operand(word: str, before: str) -> bool:
    return word == "--" or not (word.startswith(("-", "+")) or before.endswith("o"))
