"""`backuptool init`: a first configuration, and at once what it is worth here (doctor)."""

from __future__ import annotations

import argparse
import logging
import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from backuptool.bundle.names import slug
from backuptool.cli import doctor
from backuptool.cli.keygen import new_passphrase_file
from backuptool.cli.questions import a_file, a_name, absolute, ask, ask_secret, needed
from backuptool.cli.streams import say
from backuptool.config import Configuration, default_folder
from backuptool.copies import old_backups
from backuptool.doctor.store import Shelf
from backuptool.errors import BackuptoolError, UsageError
from backuptool.init import Answers, Dav, Folder, config_text, from_sop, write_config
from backuptool.init.found import Service, running_services
from backuptool.init.write import checked, refuse_if_there
from backuptool.new_file import write_new
from backuptool.secret import Secret
from backuptool.stores.webdav.address import Address

log = logging.getLogger("backuptool")
Then = list[Callable[[], None]]  # what is written before the configuration, once everything is answered
SHOWN = 5  # old backups by name


def run(arguments: argparse.Namespace) -> None:
    """Write the configuration, show what is there already, and look at everything. Raises BackuptoolError."""
    path: Path = (arguments.config or default_folder("config") / "config.toml").absolute()
    refuse_if_there(path)
    then: Then = []
    if arguments.from_sop:
        answers = from_sop(arguments.from_sop, os.environ)
    elif sys.stdin is not None and sys.stdin.isatty():
        answers = _asked(path.parent, then)
    else:
        raise UsageError(
            "init asks questions, and there is no terminal",
            hint="run it at one, or name the script that made the backups so far: --from-sop SCRIPT",
        )
    text = config_text(answers)
    checked(path, text)  # before secrets are written for nothing
    for step in then:
        step()
    configuration = write_config(path, text)
    for doubt in answers.doubts:
        log.warning("%s", doubt)
    say(f"{path} is written: plan {answers.plan}", "")
    _name_old_backups(configuration)
    arguments.config, arguments.plans, arguments.json = path, [], False
    doctor.run(arguments)


def _name_old_backups(configuration: Configuration) -> None:
    """What the old procedure left in the stores stays there, and readable."""
    for name in configuration.plans:
        plan = configuration.plan(name)
        for table in plan.store_tables:
            try:
                old = old_backups(Shelf(plan, table).listed)
            except BackuptoolError as error:
                log.warning("what is in the store is not known: %s", error.message)
            else:
                _name(table.label, [one.name for one in old])


def _name(store: str, old: list[str]) -> None:
    if not old:
        return
    say(f"the old procedure's backups in {store} stay there, and can be read:")
    say(*(f"  {name}" for name in reversed(old[-SHOWN:])))
    if len(old) > SHOWN:
        say(f"  and {len(old) - SHOWN} before them")
    say("")


def _asked(folder: Path, then: Then) -> Answers:
    """What a person answers; `folder`: where the configuration will be, and secrets beside it."""
    say("A few questions; Enter takes what stands in [brackets]. Nothing is written before the last one.", "")
    file, service, project = _service(running_services())
    plan = ask("Name of the plan", slug(Path(file.split(":")[0]).parent.name), _plan_name)
    database = ask("Database (Enter: the container's POSTGRES_DB)")
    store = _store(folder, then)
    return Answers(plan, file, service, _passphrase_file(folder, then), store, project, database)


def _service(found: list[Service]) -> tuple[str, str, str]:
    """The compose file, the service, the project: one that runs, or what is typed (then the project is compose's)."""
    for number, one in enumerate(found, 1):
        say(f"  {number}) {one.name} ({one.image}) of the project {one.project}, {one.file}")
    if found:
        answer = ask("Which service, by its number; or the path of another compose file", "1", _one_of(len(found)))
        if answer.isdecimal():
            chosen = found[int(answer) - 1]
            return chosen.file, chosen.name, chosen.project
        return answer, ask("Service in it", "postgres", a_name), ""
    here = next((str(path) for name in COMPOSE_FILES if (path := Path.cwd() / name).is_file()), "")
    return ask("Path of the compose file", here, a_file), ask("Service in it", "postgres", a_name), ""


COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")


def _one_of(count: int) -> Callable[[str], str]:
    def check(answer: str) -> str:
        if answer.isdecimal():
            return "" if 0 < int(answer) <= count else f"a number from 1 to {count}, please"
        return a_file(answer)

    return check


def _plan_name(answer: str) -> str:
    return "" if re.fullmatch("[a-z0-9][a-z0-9-]{0,23}", answer) else "small letters, digits and -, at most 24"


def _store(folder: Path, then: Then) -> Dav | Folder:
    where = ask("Where backups go: a WebDAV folder (https://…), or a folder of this host (/…)", check=_place)
    if where.startswith("/"):
        return Folder(where)
    user = ask(f"User name at {Address.parse(where).host}", check=needed)
    file = ask("File with the password", str(folder / "webdav_password.txt"), absolute)
    if not Path(file).exists():
        password = ask_secret("Password, which is written there (Nextcloud: an app password)")
        then.append(lambda: _write_secret(Path(file), password))
    return Dav(where, user=user, password_file=file)


def _place(answer: str) -> str:
    if answer.startswith("/"):
        return ""
    try:
        Address.parse(answer)
    except UsageError as error:
        return f"{error.message}: {error.hint}"
    return ""


def _passphrase_file(folder: Path, then: Then) -> str:
    new = folder / "keys" / "passphrase.txt"
    question = "Passphrase file" if new.exists() else "Passphrase file (Enter: a new one, and its key sheet to print)"
    answer = ask(question, str(new), lambda given: "" if given == str(new) else a_file(given))
    if not Path(answer).exists():
        then.append(lambda: new_passphrase_file(new.parent))
    return answer


def _write_secret(path: Path, secret: Secret) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_new(path, [secret.reveal() + b"\n"], hint=f"look at it: ls -l {shlex.quote(str(path))}")
