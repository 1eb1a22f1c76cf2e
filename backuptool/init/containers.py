"""What the old procedure ran in containers: the service, the command, and compose's project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from backuptool.shellscript import Called, NoScript, inner_commands

Words = Sequence[str | None]
DUMPS = frozenset({"backup", "pg_dump", "pg_dumpall"})
# Options of `run` and `exec` whose value is the next word.
VALUED = frozenset({
    "-e", "--env", "--env-from-file", "-u", "--user", "-w", "--workdir", "-v", "--volume", "-p", "--publish", "-l",
    "--label", "--name", "--index", "--entrypoint", "--cap-add", "--cap-drop", "--pull", "--env-file", "--network",
})  # fmt: skip
PROGRAMS = DUMPS | {"sh", "bash", "env", "psql"}
# What may stand before a program that runs on this host.
BEFORE = frozenset({"sudo", "nice", "ionice", "env", "time", "timeout", "nohup", "exec", "su", "ssh", "runuser"})


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
        if (rest := _after_compose(words)) is not None:
            verb = next((at for at, word in enumerate(rest) if word in {"run", "exec"}), len(rest))
            project = _value_of(rest[:verb], ("-p", "--project-name"))  # behind it -p is a port
            found = _run(Ran(called, project=project), rest[verb + 1 :])
            yield found
        elif (rest := _after_docker(words)) is not None:
            found = _run(Ran(called), rest)
            found.service = _asked(called.substitutions)  # there it is a container's name
            yield found
        elif any("pg_dump" in (word or "") for word in words) and (words[0] or "").rpartition("/")[2] in {
            "pg_dump",
            "pg_dumpall",
            *BEFORE,
        }:
            yield Ran(called, command=list(words))


def _after_compose(words: Words) -> Words | None:
    """What follows `docker-compose` or `docker compose`, wherever in the command it is (sudo, nice, a path)."""
    for index, word in enumerate(words):
        called = (word or "").rpartition("/")[2]
        if called == "docker-compose":
            return words[index + 1 :]
        if called == "docker" and words[index + 1 : index + 2] in (("compose",), ["compose"]):
            return words[index + 2 :]
    return None


def _after_docker(words: Words) -> Words | None:
    """What follows `docker exec` or `docker run`, of podman too."""
    for index, word in enumerate(words[:-1]):
        if (word or "").rpartition("/")[2] in {"docker", "podman"} and words[index + 1] in {"exec", "run"}:
            return words[index + 2 :]
    return None


def _asked(substitutions: Sequence[str]) -> str:
    """The service of `$(docker compose ps -q SERVICE)`; empty where there is none."""
    with suppress(NoScript):  # then it is not known, and called a guess
        for words in (words for text in substitutions for words in inner_commands(text)):
            rest = _after_compose(words) or ()
            behind = [word or "-" for word in rest[list(rest).index("ps") + 1 :]] if "ps" in rest else []
            if {"-q", "--quiet"} & {*behind} and not behind[-1].startswith(("-", "$")):
                return behind[-1]
    return ""


def _value_of(words: Words, options: tuple[str, ...]) -> str:
    """What follows one of `options`, or its `=`; empty where none is there."""
    for at, word in enumerate(words):
        name, equals, value = (word or "").partition("=")
        if name in options:
            return value if equals else next(iter(words[at + 1 : at + 2]), "") or ""
    return ""


def _run(found: Ran, rest: Words) -> Ran:
    """Add the service behind `run` or `exec`, the word that is no option nor the value of one, and what runs there."""
    words = iter(rest)
    unknown = False
    for word in words:
        if word is not None and not word.startswith("-"):
            program = unknown and word.rpartition("/")[2] in PROGRAMS  # then "$1" before it was the service
            found.service = "" if program else word
            found.command += [word, *words] if program else words
            return found
        unknown = unknown or word is None
        name, equals, value = (word or "").partition("=")
        given = value if equals else next(words, None) if name in VALUED else None
        found.command += [given] if name == "--entrypoint" else []
        found.environment += [given] if name in {"-e", "--env"} else []
    return Ran(found.called, project=found.project)
