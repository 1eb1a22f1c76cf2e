"""Whether the old procedure asked another compose project, or another docker, than a plan of its COMPOSE_FILE does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from backuptool.init.containers import Ran
from backuptool.init.given import base
from backuptool.shellscript import Unclear, Value

Words = Sequence[str | None]
FILE, FOLDER = ("-f", "--file"), ("--project-directory",)
SERVER = ("DOCKER_HOST", "DOCKER_CONTEXT")


def compose_gets(every: Iterable[Ran], last: Value | Unclear | None) -> Iterator[Value | Unclear]:
    """What those of `every` that name no compose file find in COMPOSE_FILE. `last`: what it holds."""
    for one in every:
        text = "" if any(name in FILE for name, _ in one.before) else one.outside.get("COMPOSE_FILE", "")
        if text == "$":
            yield Unclear("is given to compose", one.called.file, one.called.line)
        elif isinstance(last, Value) and last.text == text:
            yield last
        elif text:
            yield Value(text, one.called.file, one.called.line)


def elsewhere(one: Ran, compose: str) -> Iterator[str]:
    """What of the command `one` a plan whose shell has the file `compose` would not do."""
    yield from _of_files([value for name, value in one.before if name in FILE], compose)
    folders = [value for name, value in one.before if name in FOLDER]
    if folders and not one.project and folders[-1] != str(PurePosixPath(compose.split(":", maxsplit=1)[0]).parent):
        yield f'compose names its project after {_shown(folders[-1])}: look whether the shell needs project = "…"'
    if "ssh" in map(base, one.called.words):
        yield 'it runs on another host: host = { type = "ssh", host = "…" } in the shell, and the paths of there'
    for name in SERVER:
        if value := one.outside.get(name):
            asked = f"{name} = {_shown(value)}"
            yield f'it asks the docker of {asked}, and a plan this host\'s, or that of host = {{ type = "ssh", … }}'


def _of_files(files: Words, compose: str) -> Iterator[str]:
    if None in files:
        yield "which compose file it reads is not known without running it: look whether it is COMPOSE_FILE's"
    elif files and (given := ":".join(map(str, files))) != compose:
        yield f'compose reads {given}, not COMPOSE_FILE\'s: write down the right one as file = "…"'


def _shown(value: str | None) -> str:
    return "what is not known without running it" if value in {None, "$"} else str(value)
