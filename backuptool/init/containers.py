"""What the old procedure ran in containers: the service, the command, and compose's project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from backuptool.init.dumps import BEFORE, PG_DUMPS, SHELLS, of_this_host
from backuptool.init.given import Words, base, given, maybe_handed_on, option_sets, passed
from backuptool.shellscript import Called, NoScript, inner_commands

DUMPS = PG_DUMPS | {"backup"}
# Options of `run` and `exec` whose value is the next word.
VALUED = frozenset({
    "-e", "--env", "--env-from-file", "-u", "--user", "-w", "--workdir", "-v", "--volume", "-p", "--publish", "-l",
    "--label", "--name", "--index", "--entrypoint", "--cap-add", "--cap-drop", "--pull", "--env-file", "--network",
})  # fmt: skip
FILES = frozenset({"--env-file", "--env-from-file"})  # of `docker exec` and `docker run`, of `docker compose run`
PROGRAMS = DUMPS | SHELLS | BEFORE | {"psql"}


@dataclass(slots=True)
class Ran:
    """A command in the container of `service` (empty: not known), with what is set there for it: NAME=value."""

    called: Called
    service: str = ""
    project: str = ""
    command: list[str | None] = field(default_factory=list)
    environment: list[str | None] = field(default_factory=list)


def ran(commands: Sequence[Called]) -> Iterator[Ran]:
    """Each command in a container, and each on this host that may be a dump."""
    for called in commands:
        words = called.words
        if (at := _compose(words)) is not None:
            yield _by_compose(called, at)
        elif (at := _docker(words)) is not None:
            found = _run(Ran(called), words[at:], given(passed(words[:at], called.environment)))
            found.service = _asked(called.substitutions)  # there it is a container's name
            yield found
        elif command := of_this_host(words):
            yield Ran(called, command=list(command), environment=passed(words, called.environment))


def _by_compose(called: Called, at: int) -> Ran:
    rest, outside = called.words[at:], given(passed(called.words[:at], called.environment))
    verb = next((at for at, word in enumerate(rest) if word in {"run", "exec"}), len(rest))
    project = _value_of(rest[:verb], ("-p", "--project-name"))  # behind it -p is a port
    made = "run" in rest[verb : verb + 1]
    found = Ran(called, project=project, environment=maybe_handed_on(outside) if made else [])
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
        for words in (words for text in substitutions for words in inner_commands(text)):
            rest = words[at:] if (at := _compose(words)) is not None else []
            behind = [word or "-" for word in rest[rest.index("ps") + 1 :]] if "ps" in rest else []
            if {"-q", "--quiet"} & {*behind} and not behind[-1].startswith(("-", "$")):
                return behind[-1]
    return ""


def _value_of(words: Words, options: tuple[str, ...]) -> str:
    """What follows one of `options`, or its `=`; empty where none is there."""
    for at, word in enumerate(words):
        name, equals, value = (word or "").partition("=")
        if name in options:
            found = value if equals else next(iter(words[at + 1 : at + 2]), "") or ""
            return "" if found == "$" else found
    return ""


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
    return Ran(found.called, project=found.project)


def _option(word: str, rest: Iterator[str | None]) -> tuple[str, str | None]:
    """The name and the value of the option `word`, as pflag reads it: --name=value, -nvalue, -in value too."""
    name, equals, value = word.partition("=")
    if not word.startswith("--"):
        at = next((at for at, letter in enumerate(word) if f"-{letter}" in VALUED), len(word))
        name, value = f"-{word[at : at + 1]}", word[at + 1 :].removeprefix("=")
        equals = value
    return name, value if equals else next(rest, None) if name in VALUED else None
