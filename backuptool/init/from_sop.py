"""The old procedure's script, read without running it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from backuptool.errors import Mistakes
from backuptool.init.answers import Answers, Dav
from backuptool.init.containers import DUMPS, Ran, ran
from backuptool.init.dumps import dumps
from backuptool.init.elsewhere import compose_gets, elsewhere
from backuptool.init.uploads import other_hosts, uploads
from backuptool.init.write import refuse_unreadable
from backuptool.shellscript import SEVERAL, Called, Script, Unclear, Value, read_script
from backuptool.sop import VARIABLES, plan_name

ADVICE = 'write it into the source as database = "…", one plan per database; else it is the container\'s POSTGRES_DB'
SECRETS = ("CURL_CONF", "PASSPHRASE_FILE")  # files of one, in whose place some write what is in them
FILE, PROJECT = "COMPOSE_FILE", "COMPOSE_PROJECT_NAME"  # compose's own
SHOWN = 5  # of what could not be read


def from_sop(path: Path, environment: Mapping[str, str]) -> Answers:
    """The plan that the script at `path` carried out. Raises UsageError naming every variable that is not known."""
    script = read_script(path, environment)
    every = list(ran(script.commands))
    script.used.setdefault(FILE, []).extend(compose_gets(_asking(every), script.held(FILE)))
    found = {name: value for name in VARIABLES if isinstance(value := script.held(name), Value) and value.text}
    if len(found) < len(VARIABLES):
        raise Mistakes((_missing(name, script, path) for name in VARIABLES if name not in found), hint=_hint(script))
    for name, value in found.items():
        refuse_unreadable(f"{value.file}, line {value.line}: {name}", value.text)
    if relative := list(_relative(found)):
        raise Mistakes(relative, hint="write the whole path there: cron starts somewhere else than you do")
    compose, work, url, curl, passphrase = (found[name].text for name in VARIABLES)
    service, guesses = _service(every, path)
    database, user, doubts = _database(every)
    doubts += (*_elsewhere(every, compose), *_other_stores(script, url))
    if any(map(_is_ours, script.commands)):  # with the five variables alone: the service is postgres, as it was
        guesses = doubts = ()
    return Answers(
        plan=plan_name(url),
        compose_file=compose,
        service=service,
        project=_project(script, every),
        database=database,
        user=user,
        doubts=(*guesses, *doubts, *_unread(script)),
        passphrase_file=passphrase,
        store=Dav(url, curl_config=curl),
        work_dir=work,
        origin=str(path),
    )


def _asking(every: list[Ran]) -> list[Ran]:
    """Those that dump, or ask where a dump is made."""
    return [one for one in every if _dumps(one.command) or "ps" in one.called.words]


def _relative(found: Mapping[str, Value]) -> Iterator[str]:
    for name, value in found.items():
        if name != "REMOTE_BACKUP_URL" and not value.text.startswith("/"):
            shown = "" if name in SECRETS else f": {value.text}"
            yield f"{value.file}, line {value.line}: {name} is no absolute path{shown}"


def _missing(name: str, script: Script, path: Path) -> str:
    found = script.held(name)
    if isinstance(found, Unclear):
        why = found.why if found.why.startswith(SEVERAL) else f"{found.why}: not known without running it"
        return f"{found.file}, line {found.line}: {name} {why}"
    if isinstance(found, Value):
        return f"{found.file}, line {found.line}: {name} is empty"
    return f"{path}: {name} is missing: the script does not set it"


def _hint(script: Script) -> str:
    files = "" if script.held("CURL_CONF") else '; in CURL_CONF\'s file `curl -K` finds a line user = "NAME:PASSWORD"'
    files += "" if script.held("PASSPHRASE_FILE") else "; PASSPHRASE_FILE's file has the passphrase in its first line"
    if script.unread:
        unread = ", ".join(dict.fromkeys(f"{one.name} {one.how} (line {one.line})" for one in script.unread[:SHOWN]))
        return f"{unread}: put the five variables into one file, as plain values{files}"
    every = ", ".join(f"{name}=…" for name in VARIABLES)
    return f"put all five into a file as plain values, and name that: {every}{files}"


def _unread(script: Script) -> Iterator[str]:
    """What is read by the script when it runs, and was not here, may set each of what was found."""
    for one in script.unread:
        place = f"{one.file}, line {one.line}"
        yield f"{place}: {one.name} {one.how}: look whether it sets something else"


def _service(every: list[Ran], path: Path) -> tuple[str, tuple[str, ...]]:
    """The service whose container made the dump, else the one that is called most; and what is in doubt about it."""
    services = Counter(one.service for one in every if one.service)
    dumping = [one for one in every if _dumps(one.command)]
    known = dict.fromkeys(one.service for one in dumping if one.service)
    service = next(iter([*known, *(name for name, _ in services.most_common(1))]), "postgres")
    guess = f'service = "{service}" is a guess, write down the right one'
    places = [_place(one.called) for one in dumping if not one.service]
    if not dumping:
        return service, (f"{path}: no pg_dump or backup in a container is found: {guess}",)
    if len(known) > 1:
        places = [_place(one.called) for one in dumping]
        return service, (f"{', '.join(places)}: these dump in several services: {guess}",)
    return service, tuple(f"{place}: which service this is is not known: {guess}" for place in places)


def _project(script: Script, every: list[Ran]) -> str:
    """Compose's name of the project, where one is given; where nothing asks compose, what the script leaves of it."""
    given = [one.project or one.outside.get(PROJECT, "") for one in every]
    known = [name for name in given if name not in {"", "$"}]
    named = None if every else script.held(PROJECT)
    return known[-1] if known else named.text if isinstance(named, Value) else ""


def _elsewhere(every: list[Ran], compose: str) -> dict[str, None]:
    """What is in doubt about where the dumps were made, and where their containers were asked for."""
    return dict.fromkeys(
        f"{_place(one.called)}: {doubt}" for one in _asking(every) for doubt in elsewhere(one, compose)
    )


def _other_stores(script: Script, url: str) -> Iterator[str]:
    table = f"one more [[plans.{plan_name(url)}.stores]]"
    for called in filter(uploads, script.commands):
        for host in other_hosts(called, url):
            yield f"{_place(called)}: curl stores something at {host} too: {table} for that"
    for taken in script.taken:
        for host in other_hosts(taken, url):
            gets = f"a loop or a function gets an address at {host}"
            yield f"{_place(taken)}: {gets}: {table} if something is stored there"


def _dumps(command: list[str | None]) -> bool:
    return any(DUMPS & {*re.split(r"[^\w-]+", word or "")} for word in command)


def _database(every: list[Ran]) -> tuple[str, str, tuple[str, ...]]:
    """The database and the user of the one dump that there is, and what is in doubt; empty: the container's own."""
    found = [(one.called, dump) for one in every for dump in dumps(one.command, one.environment, one.service)]
    doubts = [
        f"{_place(called)}: {dump.doubt}{'' if dump.known else f': {ADVICE}'}" for called, dump in found if dump.doubt
    ]
    if not found:
        doubts = [f"which database it dumps is not known: {ADVICE}"]
    sure = dict.fromkeys(dump.database for _, dump in found if dump.known)
    if len(sure) > 1:
        several = ", ".join(f"{_place(called)}" for called, dump in found if dump.known)
        doubts.append(f"{several}: these dump different databases: {ADVICE}")
    if len(sure) != 1:
        return "", "", tuple(dict.fromkeys(doubts))
    database = next(iter(sure))
    users = dict.fromkeys(dump.user for _, dump in found if dump.known and dump.user)
    return database, next(iter(users), ""), tuple(dict.fromkeys(doubts))


def _is_ours(called: Called) -> bool:
    return any((word or "").rpartition("/")[2] == "backuptool" for word in called.words)


def _place(called: Called) -> str:
    return f"{called.file}, line {called.line}"
