"""The simple commands of a script that is followed: what they set, what they call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from backuptool.errors import UsageError
from backuptool.shellscript.assignments import assigned_by, parts, subscripts
from backuptool.shellscript.builtins import DECLARING, KEEPING, unwrapped
from backuptool.shellscript.control import Control
from backuptool.shellscript.expansion import essence
from backuptool.shellscript.found import Unread
from backuptool.shellscript.frames import Ends, either_of, unknown
from backuptool.shellscript.functions import AS_GIVEN, Arguments
from backuptool.shellscript.grammar import Grammar
from backuptool.shellscript.nested import every, words_of
from backuptool.shellscript.parts import NoScript, Unknown, Word, literal, plain
from backuptool.shellscript.quoting import ARITHMETIC, SUBSTITUTION
from backuptool.shellscript.state import State
from backuptool.shellscript.tree import Simple

MOST = 10_000  # simple commands, each time again


class Follower(Control):
    """Follows a script command by command."""

    def __init__(self, home: str) -> None:
        super().__init__(home)
        self._steps, self._stopped = 0, False

    def simple(self, node: Simple, state: State) -> Ends:
        """Its words are worked out, then it runs behind the assignments before them."""
        words = node.words
        self.work_out(node.files, state)
        self.expansion.line = (*words, *node.files)[0].line
        for word in node.files:  # a command that is no builtin opens them in a process of its own
            self.expansion.doubt(word.parts)
        self.calls.use(node.files, seen=self.seen)
        if not words:
            return unknown(state)
        self._steps += 1
        if self._steps > MOST:
            self.stop()
            return unknown(state)
        self.work_out(words, state)
        at = next((at for at, word in enumerate(words) if not assigned_by(word)), len(words))
        if at < len(words):
            self.variables.behind(words[:at])
            return self._command(words[at:], words[:at], state)
        self.calls.hand_on(words)
        for word in words:
            self.variables.assign(word)
        fails = any(isinstance(part, Unknown) and part.what == SUBSTITUTION for word in words for part in word.parts)
        return unknown(state) if fails else Ends(state, None)

    def _command(self, words: Sequence[Word], before: Sequence[Word], state: State) -> Ends:
        name, *rest = unwrapped(words)
        called = _first(self.expansion.words(name))
        functions = self.named(called, state) if name is words[0] else frozenset()
        if before and all(one is None for word in words for one in self.expansion.words(word)):
            self._doubt(before, "is set for a command that may be none")
        if called and not literal(name):
            name, *rest = unwrapped(self._made(words))
        self.calls.hand_on(rest if called in DECLARING else ())
        if _is_arithmetic(name) or (not functions and self.sets(literal(name), name, rest)):
            self._doubt(before, "is set for a command that sets variables")
            return unknown(state)
        if before and called in {".", "source", "eval"} and not functions:
            self.set_unseen(name)
            self._doubt(before, "is set for a command that sets variables")
            return unknown(state)
        if called in {".", "source"} and rest and not functions:
            as_before = unknown(state.copy())
            ends = self.source(rest[0], state)
            return ends if self.expansion.bash or called == "." else either_of(ends, as_before)
        if not functions and (called in KEEPING or (called == "exec" and not rest)):
            self._doubt(before, "is set for a command that may keep it")
        elif called and not functions:
            self.calls.give(words, before, seen=self.seen)
        self.calls.add(words, before, seen=self.seen)
        if functions:
            self.calls.take(words)
            arguments: Arguments = [one for word in words for one in self.expansion.words(word)][1:]
            if not self.expansion.called and [Unknown("$@", quoted=True)] in [essence(word.parts) for word in rest]:
                arguments = AS_GIVEN
            return self.call(functions, arguments, before, state)
        return self.builtin(called, name, rest, state)

    def _doubt(self, before: Sequence[Word], why: str) -> None:
        """What the assignments `before` a command set may stay, or what was there."""
        for word in before:
            self.make_unclear(assigned_by(word), why, word)

    def _made(self, words: Sequence[Word]) -> list[Word]:
        """`words` as they are once variables stand for what they hold."""
        made = [one for word in words for one in self.expansion.words(word)]
        unknown = (Unknown("what is not known"),)
        return [Word(unknown if one is None else parts(one), words[0].line) for one in made]

    def work_out(self, words: Iterable[Word], state: State) -> None:
        """What they set in a shell of their own is gone behind it."""
        for word in words:
            self.expansion.now = state
            self.count(subscripts(word), word)
            for part in every(word.parts):
                self.expansion.now = state
                self.work_out((replace(one, line=word.line) for one in words_of(part)), state)
                if isinstance(part, Unknown) and part.what == ARITHMETIC:
                    self.count(part.text, word)
                elif isinstance(part, Unknown) and part.what == SUBSTITUTION:
                    with suppress(NoScript, UsageError):  # what is not read there is no dump that init knows
                        self.apart(Grammar(part.text, word.line), state)
        self.expansion.now = state

    def goes_round(self, head: Sequence[Word], state: State) -> bool:
        """Of words of which one at least is known."""
        self.expansion.now = state
        return any(one is not None for word in head[1:] for one in self.expansion.words(word))

    def take(self, head: Sequence[Word], state: State) -> None:
        """What its variable holds is another each time."""
        self.expansion.now = state
        if head:
            self.calls.hand_on(head)
            self.calls.take(head)
        for word in head[:1]:
            self.make_unclear(plain(word), "is what a loop goes through", word)

    def stop(self) -> None:
        """It is said, once."""
        if not self._stopped:
            how = "is called too often to be followed"
            self.leave_unread(Unread("what stands here", self.expansion.file, self.expansion.line, how))
        self._stopped = True


def _first(words: Sequence[str | None]) -> str:
    return words[0] or "" if words else ""


def _is_arithmetic(word: Word) -> bool:
    match word.parts:
        case [Unknown(what=what)]:
            return what == ARITHMETIC
    return False
