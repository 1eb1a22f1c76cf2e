"""Whether the old procedure asked another compose project, or another docker, than a plan of its COMPOSE_FILE does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from backuptool.init.containers import Ran
from backuptool.init.given import base

Words = Sequence[str | None]
FILE, FOLDER = ("-f", "--file"), ("--project-directory",)
SERVER = ("DOCKER_HOST", "DOCKER_CONTEXT")


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
