"""What `init` asks a person; each answer is looked at when it is given."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from backuptool.bundle.names import slug
from backuptool.cli.keygen import new_passphrase_file
from backuptool.cli.questions import a_file, a_name, a_new_file, absolute, ask, ask_secret, needed
from backuptool.cli.streams import say
from backuptool.errors import UsageError
from backuptool.init import Answers, Dav, Folder
from backuptool.init.found import Service, running_services, services_in
from backuptool.new_file import write_new
from backuptool.passphrase import read_line, read_passphrase
from backuptool.secret import Secret
from backuptool.stores.webdav.address import Address

# What is written before the configuration, once everything is answered; what undoes it goes onto the stack.
Then = list[Callable[[ExitStack], None]]
COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")


def interview(config: Path, then: Then) -> Answers:
    """What a person answers; `config`: where the configuration will be, and secrets beside it. Raises UsageError."""
    say("A few questions; Enter takes what stands in [brackets].", "Nothing is written before the last one.", "")
    file, service, project = _service(running_services())
    plan = ask("Name of the plan", slug(Path(file.split(":")[0]).parent.name), _plan_name)
    database = ask("Database (Enter: the container's POSTGRES_DB)")
    passphrase = _own_passphrase(config.parent)
    store = _store(config, passphrase, then)
    return Answers(plan, file, service, _passphrase_file(config, passphrase, then), store, project, database)


def _service(found: list[Service]) -> tuple[str, str, str]:
    """The compose file, the service, the project: one that runs, or what is typed (then the project is compose's)."""
    for number, one in enumerate(found, 1):
        say(f"  {number}) {one.name} ({one.image}) of the project {one.project}, {one.file}")
    if found:
        answer = ask("Which service, by its number; or the path of another compose file", "1", _one_of(len(found)))
        if answer.isdecimal():
            chosen = found[int(answer) - 1]
            return chosen.file, chosen.name, chosen.project
        return answer, ask("Service in it", "postgres", _one_in(answer)), ""
    here = next((str(path) for name in COMPOSE_FILES if (path := Path.cwd() / name).is_file()), "")
    file = ask("Path of the compose file", here, a_file)
    return file, ask("Service in it", "postgres", _one_in(file)), ""


def _one_in(file: str) -> Callable[[str], str]:
    services = services_in(file)

    def check(answer: str) -> str:
        missing = bool(services) and answer not in services
        return a_name(answer) or (f"there is no service {answer} in it, but {', '.join(services)}" if missing else "")

    return check


def _one_of(count: int) -> Callable[[str], str]:
    def check(answer: str) -> str:
        if answer.isdecimal():
            return "" if 0 < int(answer) <= count else f"a number from 1 to {count}, please"
        return a_file(answer)

    return check


def _plan_name(answer: str) -> str:
    return "" if re.fullmatch("[a-z0-9][a-z0-9-]{0,23}", answer) else "small letters, digits and -, at most 24"


def _store(config: Path, passphrase: Path, then: Then) -> Dav | Folder:
    where = ask("Where backups go: a WebDAV folder (https://…), or a folder of this host (/…)", check=_place)
    if where.startswith("/"):
        return Folder(where)
    user = ask(f"User name at {Address.parse(where).host}", check=needed)
    check = _password_file(config, passphrase.parent)
    file = ask("File with the password", str(config.parent / "webdav_password.txt"), check)
    if not Path(file).exists():
        password = ask_secret("Password, which is written there (Nextcloud: an app password)")
        then.append(lambda undo: _write_secret(Path(file), password, undo))
    return Dav(where, user=user, password_file=file)


def _place(answer: str) -> str:
    if answer.startswith("/"):
        return ""
    if "://" not in answer:
        return "an address, https://HOST/PATH/, or the whole path of a folder, please"
    try:
        Address.parse(answer)
    except UsageError as error:
        return f"{error.message}: {error.hint}"
    return ""


def _password_file(config: Path, keys: Path) -> Callable[[str], str]:
    def check(answer: str) -> str:
        path = Path(os.path.normpath(answer))
        if path == config or path.is_relative_to(keys):
            return f"{path} will be the configuration, or of the passphrase: another file, please"
        there = os.path.lexists(path)
        return absolute(answer) or (_refused(read_line, path, "password") if there else a_new_file(answer))

    return check


def _refused(read: Callable[..., Any], *arguments: object) -> str:
    try:
        read(*arguments)
    except UsageError as error:
        return f"{error.message}: {error.hint}"
    return ""


def _own_passphrase(folder: Path) -> Path:
    """The passphrase that an earlier init made, else one in a folder that is free."""
    names = (folder / "keys", *(folder / f"keys-{number}" for number in range(2, 100)))
    usual = names[0] / "passphrase.txt"
    return usual if os.path.lexists(usual) else next(filter(_is_free, names), names[0]) / "passphrase.txt"


def _is_free(folder: Path) -> bool:
    try:
        return not any(folder.iterdir())
    except OSError as error:
        return isinstance(error, FileNotFoundError)


def _passphrase_file(config: Path, new: Path, then: Then) -> str:
    def check(answer: str) -> str:
        if answer == str(new) and not new.exists():
            return a_new_file(answer)
        return a_file(answer) or _refused(read_passphrase, Path(answer))

    question = "Passphrase file" if new.exists() else "Passphrase file (Enter: a new one, and its key sheet to print)"
    answer = ask(question, str(new), check)
    if not Path(answer).exists():
        then.append(lambda undo: _write_passphrase(new, config, undo))
    return answer


def _write_secret(path: Path, secret: Secret, undo: ExitStack) -> None:
    _make(path.parent, undo)
    write_new(path, [secret.reveal() + b"\n"], hint="run init again, and name another file")
    undo.callback(path.unlink, missing_ok=True)


def _write_passphrase(path: Path, config: Path, undo: ExitStack) -> None:
    _make(path.parent.parent, undo)
    undo.callback(_remove, path.parent)  # is there with its keys, or not at all
    new_passphrase_file(path.parent, config)
    say("")
    undo.callback(path.unlink, missing_ok=True)


def _make(folder: Path, undo: ExitStack) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in reversed(missing):
        undo.callback(_remove, one)


def _remove(folder: Path) -> None:
    with suppress(OSError):  # it has something else in it by now
        folder.rmdir()
