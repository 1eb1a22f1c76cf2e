"""What variables hold while a script is followed, and which of them the commands that it runs get."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from backuptool.shellscript.attributes import Attributes
from backuptool.shellscript.commands import NUMBERS, Command, plain
from backuptool.shellscript.expansion import Expansion
from backuptool.shellscript.exports import Exports
from backuptool.shellscript.found import ONE_OR_THE_OTHER, Script, Unclear, Value
from backuptool.shellscript.parts import Part, Text, Unknown, Word
from backuptool.shellscript.words import ARRAY

ELEMENT, ENDS_ONE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\["), re.compile(r"\]\+?=")
ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=")
LOCAL = frozenset({"declare", "typeset", "local"})  # in a function


class Variables:
    """Those of `script`. `own`: the names that the body of a function has set so far, where one is read."""

    def __init__(self, script: Script, expansion: Expansion) -> None:
        self._script, self._expansion, self.exports = script, expansion, Exports()
        self.own = set[str]()
        self.attributes = Attributes()
        self._hidden = dict[str, Value | Unclear | None]()
        self._around = list[tuple[dict[str, Value | Unclear | None], set[str]]]()
        self._locals = dict[str, str]()

    @contextmanager
    def called(self, function: str, before: Sequence[Word]) -> Iterator[None]:
        """The block does what the body of `function` does, which is called with the assignments `before`."""
        variables = {name: self._script.variables.get(name) for name in map(assigned_by, before)}
        for name in variables:
            self._script.variables[name] = Unclear("is another in one call", self._expansion.file, self._expansion.line)
        self.enter()
        self._hidden = variables
        try:
            yield
        finally:
            mine = self.own - self._hidden.keys()
            self.leave(function)
            self.own |= mine

    def enter(self) -> None:
        """What follows is in a body of its own."""
        self._around.append((self._hidden, self.own))
        self._hidden, self.own = {}, set()

    def leave(self, function: str) -> None:
        """The body of `function` ends: its local variables are gone."""
        for name, before in self._hidden.items():
            if found := self._script.variables.pop(name, None):
                self._keep(name, found, function)
            self.attributes.drop(name)
            self._script.variables.update({name: before} if before else {})
        self._hidden, self.own = self._around.pop()

    def outside(self) -> dict[str, Value | Unclear]:
        """What there is behind the body that is followed, if that ends here."""
        found = self._script.variables | {name: before for name, before in self._hidden.items() if before}
        return {name: one for name, one in found.items() if self._hidden.get(name, one)}

    def join(self, other: Mapping[str, Value | Unclear], exports: Exports) -> None:
        """What there is from here on is either `other`, or what was found behind a condition."""
        number = self._expansion.blocks | {next(NUMBERS)}
        held = self._script.variables
        for name in [name for name in {*other, *held} if other.get(name) is not held.get(name)]:
            before, found = other.get(name), held.get(name)
            if found is None:
                held[name] = Unclear("is unset under a condition", self._expansion.file, self._expansion.line)
            elif before is None and isinstance(found, Value):
                held[name] = replace(found, only_in=found.only_in | number)
            elif before != found:
                held[name] = self._maybe(before, found)
            elif before:
                held[name] = before
        self.exports.join(exports)

    def doubt(self, last: Mapping[str, Value | Unclear]) -> None:
        """What there is from here on may not be what the script ends with, which may be `last`."""
        held = self._script.variables
        for name, before in last.items():
            if (found := held.get(name)) and found != before:
                held[name] = self._maybe(before, found)

    def _keep(self, name: str, found: Value | Unclear, function: str) -> None:
        """What a call makes of it counts more than the definition, which has seen less."""
        before = self._script.locals.setdefault(name, found)
        of = self._locals.setdefault(name, function)
        if of == function and isinstance(before, Unclear):
            self._script.locals[name] = found
        elif isinstance(before, Value) and isinstance(found, Value) and before.text != found.text:
            found = Unclear("is local to several functions", found.file, found.line)
            self._script.locals[name], self._locals[name] = found, ""

    def declare(self, called: str, words: Sequence[Word], command: Command) -> bool:
        """What `called` (export, local, …) does with `words`; whether one that is not known may set anything."""
        options = [text for text in map(plain, words) if text.startswith(("-", "+"))]
        exported = called == "export" or "-x" in options
        fixed = command.certain and (called == "readonly" or any("r" in text for text in options))
        known = [one for word in words for one in self._assignments(word)]
        # The shell works out all of them before it makes any variable, so a local one's refers to that around it.
        for word, value in [(word, self._right_side(word)) for word in known if word]:
            name = assigned_by(word) or plain(word)
            if exported and "-n" not in options:
                self.exports.add(name, certain=command.certain)
            elif exported:
                self.exports.drop(name)
            hides = called in LOCAL and command.function and name not in self._hidden and "-g" not in options
            if hides:
                self._hidden[name] = self._script.variables.pop(name, None)
            if called in LOCAL:
                self.attributes.declare(called, options, name)
            self.assign(word, certain=command.certain, value=value if hides or not _appends(word) else None)
            self.attributes.fixed |= {name} if fixed else set()
        refers = called in LOCAL and any("n" in text for text in options)
        return refers or None in known

    def _assignments(self, word: Word) -> Iterator[Word | None]:
        """`word` itself where its name is plain, else what the shell makes of it; None where that is not known."""
        if assigned_by(word) or plain(word):
            yield word
            return
        for one in self._expansion.words(word):
            yield None if one is None else Word(_parts(one), word.line)

    def _right_side(self, word: Word) -> Value | Unclear | None:
        """What stands behind the = of `word`; None where there is none."""
        if not (found := _assigned(word)):
            return None
        self._expansion.line = word.line
        return self._expansion.value(found[0], found[2], appends=False)

    def assign(self, word: Word, *, certain: bool, value: Value | Unclear | None = None) -> None:
        """NAME=value, NAME+=value; any other word sets nothing. `value`: what it is set to, where that is known."""
        if found := _assigned(word):
            name, appends, parts = found
            self._expansion.line = word.line
            value = value or self._expansion.value(name, parts, appends=appends)
            if appends and not certain and isinstance(value, Value):  # and how often, in a loop
                value = Unclear(ONE_OR_THE_OTHER, value.file, value.line)
            self.set(name, value, certain=certain)

    def set(self, name: str, found: Value | Unclear, *, certain: bool) -> None:
        """`name` holds what is `found` from here on, if it is `certain`."""
        before = self._script.variables.get(name)
        found = self.attributes.held(name, before, found)
        if not certain:
            found = self._maybe(before, found)
        if name:
            self.own.add(name)
            self._script.variables[name] = found
            self.exports.pass_value(name)

    def _maybe(self, before: Value | Unclear | None, found: Value | Unclear) -> Value | Unclear:
        """What holds where it is either what it was `before`, or what is `found` under a condition."""
        if before is None and isinstance(found, Value):
            return replace(found, only_in=self._expansion.blocks)
        if before is None or (isinstance(before, Unclear) and isinstance(found, Unclear)):
            return found
        if isinstance(before, Value) and isinstance(found, Value) and before.text == found.text:
            return before
        return Unclear(ONE_OR_THE_OTHER, found.file, found.line)

    def unset(self, name: str) -> None:
        """There is no `name` from here on."""
        self._script.variables.pop(name, None)
        self.exports.drop(name)
        self.attributes.drop(name)

    def environment(self, words: Sequence[Word]) -> tuple[str, ...]:
        """What a command gets behind the assignments `words`, which are its own."""
        variables = self._script.variables
        self._script.variables = dict(variables)
        before, self.own = self.own, set()
        for word in words:
            self.assign(word, certain=True)
        given, self.own = self.own, before
        names = dict.fromkeys([*sorted(self.exports.names | self.exports.maybe), *sorted(given)])
        values = {name: value for name in names if (value := self._script.variables.get(name))}
        self._script.variables = variables
        sure = given | self.exports.names
        known = {name: value.text for name, value in values.items() if isinstance(value, Value) and name in sure}
        return tuple(f"{name}={known.get(name, '$')}" for name in values)


def _parts(made: str) -> tuple[Part, ...]:
    """`NAME=value` as it stands in a script; `NAME=$` as Expansion has it."""
    name, equals, value = made.partition("=")
    if not equals:
        return (Text(name),)
    return Text(f"{name}="), Unknown("what is not known") if value == "$" else Text(value, quoted=True)


def assigned_by(word: Word) -> str:
    """The name that `word` sets; empty for a word that sets nothing."""
    found = _assigned(word)
    return found[0] if found else ""


def _appends(word: Word) -> bool:
    found = _assigned(word)
    return found is not None and found[1]


def _assigned(word: Word) -> tuple[str, bool, tuple[Part, ...]] | None:
    """The name, whether it is added to, the value; None for a word that sets nothing."""
    first = word.parts[0] if word.parts else None
    if not isinstance(first, Text) or first.quoted:
        return None
    if (element := ELEMENT.match(first.text)) and any(ENDS_ONE.search(text) for text in _plainly(word)):
        return element[1], False, (Unknown(ARRAY),)
    if not (found := ASSIGNMENT.match(first.text)):
        return None
    rest = first.text[found.end() :]
    return found[1], bool(found[2]), (*((Text(rest),) if rest else ()), *word.parts[1:])


def _plainly(word: Word) -> Iterator[str]:
    yield from (part.text for part in word.parts if isinstance(part, Text) and not part.quoted)
