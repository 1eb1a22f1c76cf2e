"""The configuration as a person wants to find it again in two years: short, and each line says what it is for."""

from __future__ import annotations

import json
from collections.abc import Iterator

from backuptool.init.answers import Answers, Dav


def config_text(answers: Answers) -> str:
    """TOML that says what `answers` do."""
    return "\n".join([*_top(answers), *_plan(answers), *_source(answers), *_store(answers), ""])


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's, but for DEL, which TOML wants escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _printable(text: str) -> str:
    """What a comment can have: TOML allows no control characters there."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _top(answers: Answers) -> Iterator[str]:
    origin = f", from {answers.origin!a}" if answers.origin else ""
    yield f"# Written by backuptool init{origin}. Every key: docs/configuration.md."
    yield "# What it means here and now: backuptool doctor"
    if answers.work_dir:
        yield ""
        yield "# Where a bundle is put together before it is stored: room for one of them, nothing stays there."
        yield f"work_dir = {_quoted(answers.work_dir)}"


def _plan(answers: Answers) -> Iterator[str]:
    yield ""
    yield f"[plans.{answers.plan}]"
    yield "# Without this passphrase nobody opens a backup: keep a copy on paper, away from this host."
    yield f"passphrase_file = {_quoted(answers.passphrase_file)}"
    yield "# What is kept, the others are removed after each new backup; without such a line all are kept."
    yield "# keep = { last = 7, daily = 14, weekly = 8, monthly = 12 }"
    yield "# Told of each run, and missed when there is none: healthchecks.io, or another like it."
    yield '# notify = { ping_url = "https://hc-ping.com/…" }'
    yield "# Commands around each run; a `before` that fails keeps the backup from being made."
    yield '# hooks = { before = ["…"], after = ["…"], failed = ["…"] }'


def _source(answers: Answers) -> Iterator[str]:
    project = f", project = {_quoted(answers.project)}" if answers.project else ""
    yield ""
    yield f"[plans.{answers.plan}.source]"
    yield "# pg_dump in the container, straight into the encryption: nothing in plain text is left on a disk."
    yield f'# (type = "script" runs the container\'s own `backup` instead{_command(answers)}.)'
    yield 'type = "pg_dump"'
    yield from (f"# To be checked: {_printable(doubt)}" for doubt in answers.doubts)
    yield (
        f'shell = {{ type = "compose", file = {_quoted(answers.compose_file)}, '
        f"service = {_quoted(answers.service)}{project} }}"
    )
    if answers.database:
        yield f"database = {_quoted(answers.database)}"
    if answers.user:
        yield f"user = {_quoted(answers.user)}"
    own = {"database": "POSTGRES_DB", "user": "POSTGRES_USER"}
    left = [name for name, given in (("database", answers.database), ("user", answers.user)) if not given]
    if left:
        are = "are" if len(left) > 1 else "is"
        yield f"# {' and '.join(left)} {are} the container's own {' and '.join(own[name] for name in left)}."


def _command(answers: Answers) -> str:
    """What a script source must have, or its `backup` dumps the container's own POSTGRES_DB."""
    words = ("env", f"POSTGRES_DB={answers.database}", "backup")
    return _printable(f", with command = [{', '.join(map(_quoted, words))}]") if answers.database else ""


def _store(answers: Answers) -> Iterator[str]:
    store = answers.store
    yield ""
    yield "# There may be several: one more table like this each."
    yield f"[[plans.{answers.plan}.stores]]"
    if not isinstance(store, Dav):
        yield 'type = "directory"'
        yield f"path = {_quoted(store.path)}"
        yield "# Where a disk is mounted, so that nothing is written when it is not:"
        yield '# mount_point = "/mnt/…"'
        return
    yield 'type = "webdav"'
    yield f"url = {_quoted(store.url)}"
    if store.curl_config:
        yield "# What `curl -K` reads: user name and password."
        yield f"curl_config = {_quoted(store.curl_config)}"
    else:
        yield f"user = {_quoted(store.user)}"
        yield f"password_file = {_quoted(store.password_file)}"
