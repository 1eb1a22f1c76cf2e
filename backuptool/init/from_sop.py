"""The old procedure's script, read without running it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from backuptool.errors import UsageError
from backuptool.init.answers import Answers, Dav
from backuptool.shellscript import Script, Unclear, Value, read_script
from backuptool.sop import VARIABLES, plan_name

DUMPS = frozenset({"backup", "pg_dump", "pg_dumpall"})
# Options of `run` and `exec` whose value is the next word.
VALUED = frozenset({
    "-e", "--env", "--env-from-file", "-u", "--user", "-w", "--workdir", "-v", "--volume", "-p", "--publish", "-l",
    "--label", "--name", "--index", "--entrypoint", "--cap-add", "--cap-drop", "--pull",
})  # fmt: skip


def from_sop(path: Path, environment: Mapping[str, str]) -> Answers:
    """The plan that the script at `path` carried out. Raises UsageError naming every variable that is not known."""
    script = read_script(path, environment)
    found = {name: value for name in VARIABLES if isinstance(value := script.variables.get(name), Value) and value.text}
    if len(found) < len(VARIABLES):
        raise UsageError(
            "\n".join(_missing(name, script, path) for name in VARIABLES if name not in found), hint=_hint(script)
        )
    compose, work, url, curl, passphrase = (found[name].text for name in VARIABLES)
    service, project = _compose(script)
    return Answers(
        plan=plan_name(url),
        compose_file=compose,
        service=service,
        project=project,
        passphrase_file=passphrase,
        store=Dav(url, curl_config=curl),
        work_dir=work,
        origin=str(path),
    )


def _missing(name: str, script: Script, path: Path) -> str:
    found = script.variables.get(name)
    if isinstance(found, Unclear):
        return f"{found.file}, line {found.line}: {name} {found.why}, which is not known without running it"
    if isinstance(found, Value):
        return f"{found.file}, line {found.line}: {name} is empty"
    return f"{path}: {name} is missing: the script does not set it"


def _hint(script: Script) -> str:
    if script.unread:
        return f"it sources {', '.join(script.unread)}, which cannot be read: put the five variables into one file"
    return f"put all five into a file as plain values, and name that: {', '.join(f'{name}=…' for name in VARIABLES)}"


def _compose(script: Script) -> tuple[str, str]:
    """The service whose container made the dump, else the one that is called most; the project's name where one is
    given."""
    services: Counter[str] = Counter()
    dumping = ""
    named = script.variables.get("COMPOSE_PROJECT_NAME")  # compose's own
    project = named.text if isinstance(named, Value) else ""
    for words in script.commands:
        rest = _after_compose(words)
        if rest is None:
            continue
        verb = next((at for at, word in enumerate(rest) if word in {"run", "exec"}), len(rest))
        project = _value_of(rest[:verb], ("-p", "--project-name")) or project  # behind it -p is a port
        service, command = _run(rest[verb + 1 :])
        services.update([service] if service else [])
        if not dumping and any(DUMPS & {*re.split(r"[^\w-]+", word or "")} for word in command):
            dumping = service
    return dumping or (services.most_common(1)[0][0] if services else "postgres"), project


def _after_compose(words: list[str | None]) -> list[str | None] | None:
    """What follows `docker-compose` or `docker compose`, wherever in the command it is (sudo, nice, a path)."""
    for index, word in enumerate(words):
        called = (word or "").rpartition("/")[2]
        if called == "docker-compose":
            return words[index + 1 :]
        if called == "docker" and words[index + 1 : index + 2] == ["compose"]:
            return words[index + 2 :]
    return None


def _value_of(words: list[str | None], options: tuple[str, ...]) -> str:
    """What follows one of `options`, or its `=`; empty where none is there."""
    for at, word in enumerate(words):
        name, equals, value = (word or "").partition("=")
        if name in options:
            return value if equals else next(iter(words[at + 1 : at + 2]), "") or ""
    return ""


def _run(rest: list[str | None]) -> tuple[str, list[str | None]]:
    """The service behind `run` or `exec`, and what runs there: the word that is no option, nor the value of one."""
    command: list[str | None] = []
    words = iter(rest)
    for word in words:
        if word is not None and not word.startswith("-"):
            return word, [*command, *words]
        name, equals, value = (word or "").partition("=")
        given = value if equals else next(words, None) if name in VALUED else None
        command += [given] if name == "--entrypoint" else []
    return "", []
