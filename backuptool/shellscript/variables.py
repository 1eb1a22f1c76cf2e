"""What assignments and declarations make of variables, and which of them the commands that are run get."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backuptool.shellscript.assignments import appends, assigned, assigned_by, parts
from backuptool.shellscript.expansion import Expansion
from backuptool.shellscript.found import UNSET, Unclear, Value, is_unset
from backuptool.shellscript.parts import Text, Word, merged, plain
from backuptool.shellscript.splitting import has_braces
from backuptool.shellscript.state import Held, State, one_or_the_other

KEPT = "is local, and keeps its value in some sh"
LOCAL = frozenset({"declare", "typeset", "local"})  # in a function
SHOWING = frozenset("fFp")
CHANGING = frozenset("iluc")  # declare -i and the like: arithmetic; lower and upper case, capitals


class Variables:
    """Those that `expansion` finds. `ever`: what each was at any time; `touched`: those which the function that is
    followed, or one that it calls, exports or unsets: of those set before its call more than that is gone."""

    def __init__(self, expansion: Expansion) -> None:
        self._expansion = expansion
        self.ever, self.touched = dict[str, Held](), set[str]()
        self._readonly, self._changed = set[str](), dict[str, str]()

    def declare(self, called: str, words: Sequence[Word]) -> bool:
        """What `called` (export, local, …) does with `words`; whether one that is not known may set anything."""
        options = [text for text in map(plain, words) if text.startswith(("-", "+"))]
        if any(SHOWING & {*option} for option in options) or (called == "local" and self._expansion.now.hidden is None):
            return False
        known = [one for word in words for one in self._assignments(word)]
        # The shell works out all of them before it makes any variable, so a local one's refers to that around it.
        for word, value in [(word, self._right_side(word)) for word in known if word]:
            self._declare(called, options, word, value)
        refers = called in LOCAL and any("n" in text for text in options)
        return refers or None in known

    def _declare(self, called: str, options: Sequence[str], word: Word, value: Held | None) -> None:
        name, now = assigned_by(word) or plain(word), self._expansion.now
        flags = {flag for option in options if option.startswith("-") for flag in option}
        local = called in LOCAL and "g" not in flags
        hides = local and now.hidden is not None and name not in now.hidden
        if hides:
            now.hide(name, word.line, self._expansion.file)
            if now.variables.pop(name, None) and not self._expansion.bash:
                now.variables[name] = Unclear(KEPT, self._expansion.file, word.line)
        if called == "export" or "x" in flags:
            (now.exports.drop if "n" in flags else now.exports.add)(name)
        if not local:
            self.touched.add(name)
        if called in LOCAL:
            for option in options:
                if CHANGING & {*option} and option.startswith("-"):
                    self.change(name, f"is changed by {called} {option}")
        self.assign(word, value if hides or not appends(word) else None)
        if called == "readonly" or any("r" in text for text in options):
            self._readonly.add(name)

    def _assignments(self, word: Word) -> Iterator[Word | None]:
        """`word` itself where its name is plain, else what the shell makes of it; None where that is not known."""
        texts = (part.text for part in merged(word.parts) if isinstance(part, Text) and not part.quoted)
        if (assigned_by(word) or plain(word)) and not any(map(has_braces, texts)):
            yield word
            return
        for one in self._expansion.words(word):
            yield None if one is None else Word(parts(one), word.line)

    def _right_side(self, word: Word) -> Held | None:
        """What stands behind the = of `word`; None where there is none."""
        if not (found := assigned(word)):
            return None
        self._expansion.line = word.line
        return self._expansion.value(found[0], found[2], appends=False)

    def assign(self, word: Word, value: Held | None = None) -> None:
        """NAME=value, NAME+=value; any other word sets nothing. `value`: what it is set to, where that is known."""
        if found := assigned(word):
            name, appends, parts = found
            self._expansion.line = word.line
            self.set(name, value or self._expansion.value(name, parts, appends=appends))

    def set(self, name: str, found: Held) -> None:
        """`name` holds what is `found` from here on."""
        now = self._expansion.now
        if name in self._changed and isinstance(found, Value):
            found = Unclear(self._changed[name], found.file, found.line)
        if name in self._readonly and now.variables.get(name) not in {
            None,
            found,
        }:  # the shell may end with it
            found = Unclear("is set again, and is readonly", found.file, found.line)
        now.variables[name] = found
        now.exports.pass_value(name)
        self.ever[name] = one_or_the_other(self.ever.get(name, found), found)

    def unset(self, name: str, line: int) -> None:
        """There is no `name` from here on."""
        self._expansion.now.variables[name] = Unclear(UNSET, self._expansion.file, line)
        self._expansion.now.exports.drop(name)
        self.touched.add(name)
        self.free(name)

    def change(self, name: str, why: str) -> None:
        """What it is set to from here on is not what it holds."""
        self._changed[name] = why

    def free(self, name: str) -> None:
        """What was declared of it is no longer so."""
        self._readonly.discard(name)
        self._changed.pop(name, None)

    def environment(self, words: Sequence[Word]) -> tuple[str, ...]:
        """What a command gets behind the assignments `words`, which are its own."""
        given, exports = {assigned_by(word) for word in words}, (there := self.behind(words)).exports
        names = dict.fromkeys([*sorted(exports.names | exports.maybe), *sorted(given)])
        values = {name: one for name in names if (one := there.variables.get(name)) and not is_unset(one)}
        sure = given | exports.names
        known = {
            name: value.text
            for name, value in values.items()
            if isinstance(value, Value) and not value.maybe and name in sure
        }
        return tuple(f"{name}={known.get(name, '$')}" for name in values)

    def behind(self, words: Sequence[Word]) -> State:
        """What holds for a command behind the assignments `words`; what ${NAME:=…} in them sets stays."""
        now, ever = self._expansion.now, self.ever
        self._expansion.now, self.ever = now.copy(), dict(ever)
        variables = (there := self._expansion.now).variables
        for word in words:
            before = dict(variables)
            value = self._right_side(word)
            now.variables |= {name: held for name, held in variables.items() if held is not before.get(name)}
            self.assign(word, None if appends(word) else value)
        self._expansion.now, self.ever = now, ever
        return there
