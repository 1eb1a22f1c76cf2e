"""Which databases a command in the old procedure's container dumps, also by way of a shell there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backuptool.init.dump import OWN_DATABASE, OWN_USER, Dump, of_own_backup, of_pg_dump
from backuptool.init.given import Words, base, given, set_by
from backuptool.init.pg_options import options
from backuptool.shellscript import NoScript, inner_script

PG_DUMPS = frozenset({"pg_dump", "pg_dumpall"})
NO_DATABASE = frozenset({"g", "r", "t", "globals-only", "roles-only", "tablespaces-only"})  # of pg_dumpall
NO_DUMP = frozenset({"V", "?", "version", "help"})
SHELLS = frozenset({"sh", "bash", "ash", "dash", "ksh", "zsh", "su"})
# What runs the program that is named behind it.
BEFORE = frozenset({
    "sudo", "doas", "nice", "ionice", "env", "time", "timeout", "nohup", "exec", "command", "su", "ssh", "runuser",
    "gosu", "su-exec", "setpriv", "chroot",
})  # fmt: skip
# What only speaks of a program, or looks for it.
SPEAKING = frozenset(
    {"echo", "printf", "logger", "[", "[[", "test", "which", "type", "hash", "pgrep", "pkill", "killall"}
)
COMMANDS = re.compile(r"-[A-Za-z]*c[A-Za-z]*")  # sh -c, bash -lc


def dumps(words: Words, environment: Words = (), service: str = "") -> Iterator[Dump]:
    """What the command `words` dumps in the container of `service`. `environment`: NAME=value, what is set there for
    it."""
    if speaks(words):
        return
    programs = [base(word) for word in words]
    at, runs = next(
        ((at, name) for at, name in enumerate(programs) if name in PG_DUMPS or _is_run(programs, at)), (0, "")
    )
    there, rest = [*environment, *set_by(words[:at])], words[at + 1 :]
    if runs == "backup":
        yield of_own_backup(rest, given(there), service)
    elif runs in PG_DUMPS:
        yield from _of_pg(runs, rest, there, service)
    elif runs in SHELLS:
        yield from _of_shell(runs, rest, there, service)
    elif texts := [word for word in words if word and "pg_dump" in word and not base(word)]:
        for text in texts:
            yield from _within(text, there, service)
    elif words and words[0] is None:
        yield Dump(doubt="which program runs there is not known without running it", known=False)


def speaks(words: Words) -> bool:
    """Whether nothing is run that `words` name."""
    return bool(words) and (base(words[0]) in SPEAKING or list(words[:2]) in (["command", "-v"], ["command", "-V"]))


def of_this_host(words: Words) -> Words:
    """What of the command `words` on this host may dump; nothing where it does not."""
    programs = [base(word) for word in words]
    shell = next((at for at, name in enumerate(programs) if name in SHELLS), None)
    runs = programs[0] in SHELLS | BEFORE | {"eval"}
    if speaks(words):
        return []
    if PG_DUMPS & {*programs} or (runs and any(map(_may_dump, words))):
        return words
    if "backup" in programs and {"exec", "run"} & {*words[1:]}:  # of a function that is `docker compose "$@"`
        return words[programs.index("backup") :]
    reads = runs and shell is not None and all((word or "").startswith("-") for word in words[shell + 1 :])
    return words if reads and not any(map(_is_commands, words)) else []


def _may_dump(word: str | None) -> bool:
    return word is not None and ("pg_dump" in word or ("docker" in word and "backup" in word))


def _is_commands(word: str | None) -> bool:
    return COMMANDS.fullmatch(word or "") is not None


def _is_run(programs: list[str], at: int) -> bool:
    """Whether the word `at` is the program, or the one that a program runs."""
    return programs[at] in SHELLS | {"backup"} and (at == 0 or programs[0] in BEFORE)


def _of_pg(program: str, words: Words, environment: Words, service: str) -> Iterator[Dump]:
    found = options(program, words)
    names = {name for name, _ in found}
    if names & NO_DUMP:
        return
    if program == "pg_dump":
        yield of_pg_dump(found, given(environment), service)
    elif not names & NO_DATABASE:
        yield Dump(doubt="pg_dumpall dumps every database, and a plan is of one", known=False)


def _of_shell(shell: str, words: Words, environment: Words, service: str) -> Iterator[Dump]:
    at = next((at for at, word in enumerate(words) if _is_commands(word)), None)
    operands = [word for word in words if word is None or not word.startswith("-")]
    if at is None and operands and base(operands[0]) == "backup":
        yield from dumps(operands, environment, service)
    elif at is None:
        yield Dump(doubt=f"what {shell} runs there stands in its input or in a file, which is not read", known=False)
    elif not (text := next(iter(words[at + 1 :]), None)) or text.endswith("=$"):
        yield Dump(doubt=f"what {shell} runs there is not known without running it", known=False)
    else:
        yield from _within(text, environment, service)


def _within(text: str, environment: Words, service: str) -> Iterator[Dump]:
    own = {"POSTGRES_DB": OWN_DATABASE, "POSTGRES_USER": OWN_USER}
    try:
        inner = inner_script(text, own | given(environment))
    except NoScript:
        yield Dump(doubt="what is to run there is no shell script", known=False)
        return
    for called in inner.commands:
        yield from dumps(called.words, called.environment, service)
