"""What the old procedure ran in containers: the service, the command, and compose's project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from backuptool.init.dumps import BEFORE, PG_DUMPS, SHELLS, of_this_host
from backuptool.init.given import Words, base, given, maybe_handed_on, option_sets, passed
from backuptool.shellscript import Called, NoScript, inner_script

DUMPS = PG_DUMPS | {"backup"}
# Options of `run` and `exec` whose value is the next word.
VALUED = frozenset({
    "-e", "--env", "--env-from-file", "-u", "--user", "-w", "--workdir", "-v", "--volume", "-p", "--publish", "-l",
    "--label", "--name", "--index", "--entrypoint", "--cap-add", "--cap-drop", "--pull", "--env-file", "--network",
})  # fmt: skip
FILES = frozenset({"--env-file", "--env-from-file"})  # of `docker exec` and `docker run`, of `docker compose run`
SHORT = ("-f", "-p")
WHERE = frozenset({*SHORT, "--file", "--project-name", "--project-directory"})
PROGRAMS = DUMPS | SHELLS | BEFORE | {"psql"}


@dataclass(slots=True)
class Ran:
    """A command in the container of `service` (empty: not known), with what is set there for it: NAME=value.

    `before`: the options of compose itself, with their values; `outside`: what docker is given here.
    """

    called: Called
    service: str = ""
    project: str = ""
    command: list[str | None] = field(default_factory=list)
    environment: list[str | None] = field(default_factory=list)
    before: list[tuple[str, str | None]] = field(default_factory=list)
    outside: Mapping[str, str] = field(default_factory=dict)


def ran(commands: Sequence[Called]) -> Iterator[Ran]:
    """Each command in a container, and each on this host that may be a dump."""
    for called in commands:
        words = called.words
        if (at := _compose(words)) is not None:
            yield _by_compose(called, at)
        elif (at := _docker(words)) is not None:
            outside = given(passed(words[:at], called.environment))
            found = _run(Ran(called, outside=outside), words[at:], outside)
            found.service = _asked(called.substitutions)  # there it is a container's name
            yield found
        elif command := of_this_host(words):
            yield Ran(called, command=list(command), environment=passed(words, called.environment))


def _by_compose(called: Called, at: int) -> Ran:
    rest, outside = called.words[at:], given(passed(called.words[:at], called.environment))
    verb = next((at for at, word in enumerate(rest) if word in {"run", "exec"}), len(rest))
    before = list(_options(rest[:verb]))  # behind it -p is a port
    project = next((value for name, value in before if name in {"-p", "--project-name"} and value), "")
    made = "run" in rest[verb : verb + 1]
    handed_on = maybe_handed_on(outside) if made else []
    found = Ran(called, "", project, environment=handed_on, before=before, outside=outside)
    return _run(found, rest[verb + 1 :], outside)


def _compose(words: Words) -> int | None:
    """Where what follows `docker-compose` or `docker compose` begins, wherever in the command it is (sudo, nice)."""
    for at, word in enumerate(words):
        if base(word) == "docker-compose":
            return at + 1
        if base(word) == "docker" and "compose" in words[at + 1 : at + 2]:
            return at + 2
    return None


def _docker(words: Words) -> int | None:
    """Where what follows `docker exec` or `docker run` begins, of podman too."""
    for at, word in enumerate(words[:-1]):
        if base(word) in {"docker", "podman"} and words[at + 1] in {"exec", "run"}:
            return at + 2
    return None


def _asked(substitutions: Sequence[str]) -> str:
    """The service of `$(docker compose ps -q SERVICE)`; empty where there is none."""
    with suppress(NoScript):  # then it is not known, and called a guess
        for words in (called.words for text in substitutions for called in inner_script(text, {}).commands):
            rest = words[at:] if (at := _compose(words)) is not None else []
            behind = [word or "-" for word in rest[rest.index("ps") + 1 :]] if "ps" in rest else []
            if {"-q", "--quiet"} & {*behind} and not behind[-1].startswith(("-", "$")):
                return behind[-1]
    return ""


def _options(words: Words) -> Iterator[tuple[str, str | None]]:
    """Compose's own options that say where a project is, with their values; None for one that is not known."""
    rest = iter(words)
    for word in rest:
        name, equals, value = (word or "").partition("=")
        if word and word[:2] in SHORT and len(word) > 2:
            name, equals, value = word[:2], "=", word[2:].removeprefix("=")
        if name in WHERE:
            found = value if equals else next(rest, None)
            yield name, None if found == "$" else found


def _run(found: Ran, rest: Words, outside: Mapping[str, str]) -> Ran:
    """Add the service behind `run` or `exec`, the word that is no option nor the value of one, and what runs there."""
    words = iter(rest)
    unknown = files = False
    for word in words:
        if word is not None and not word.startswith("-"):
            program = unknown and base(word) in PROGRAMS  # then "$1" before it was the service
            found.service = "" if program else word
            found.command += [word, *words] if program else words
            maybe: list[str | None] = [None] if files or (unknown and not program) else []
            found.environment = maybe + found.environment  # what -e sets counts more
            return found
        unknown = unknown or word is None
        name, value = _option(word or "", words)
        files = files or name in FILES
        found.command += [value] if name == "--entrypoint" else []
        found.environment += [option_sets(value, outside)] if name in {"-e", "--env"} else []
    return Ran(found.called, project=found.project, before=found.before, outside=found.outside)


def _option(word: str, rest: Iterator[str | None]) -> tuple[str, str | None]:
    """The name and the value of the option `word`, as pflag reads it: --name=value, -nvalue, -in value too."""
    name, equals, value = word.partition("=")
    if not word.startswith("--"):
        at = next((at for at, letter in enumerate(word) if f"-{letter}" in VALUED), len(word))
        name, value = f"-{word[at : at + 1]}", word[at + 1 :].removeprefix("=")
        equals = value
    return name, value if equals else next(rest, None) if name in VALUED else None
