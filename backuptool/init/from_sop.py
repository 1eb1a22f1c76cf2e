"""The old procedure's script, read without running it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from backuptool.errors import UsageError
from backuptool.init.answers import Answers, Dav
from backuptool.shellscript import Script, Unclear, Value, read_script
from backuptool.sop import VARIABLES, plan_name


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
    """The service whose container made the dump, and the project's name where one is given."""
    services: Counter[str] = Counter()
    project = ""
    for words in script.commands:
        rest = _after_compose(words)
        if rest is None:
            continue
        project = _value_of(rest, ("-p", "--project-name")) or project
        services.update(_services(rest))
    return (services.most_common(1)[0][0] if services else "postgres"), project


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
    return next((words[at + 1] or "" for at, word in enumerate(words[:-1]) if word in options), "")


def _services(words: list[str | None]) -> Iterator[str]:
    """The word behind `run` or `exec` that is no option nor the value of `-e`, `-u` and the like."""
    verbs = [at for at, word in enumerate(words) if word in {"run", "exec"}]
    rest = iter(words[verbs[0] + 1 :] if verbs else [])
    for word in rest:
        if word in {"-e", "--env", "-u", "--user", "-w", "--workdir", "-v", "--volume", "--name", "--index"}:
            next(rest, None)
        elif word is not None and not word.startswith("-"):
            yield word
            return
