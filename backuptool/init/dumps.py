"""Which database the old procedure's pg_dump read, out of its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backuptool.shellscript import NoScript, inner_commands

Words = Sequence[str | None]
VALUED = {"dbname": "d", "username": "U", "host": "h"} | dict.fromkeys(
    (
        "file", "format", "jobs", "port", "schema", "exclude-schema", "table", "exclude-table", "exclude-table-data",
        "table-and-children", "exclude-table-and-children", "exclude-table-data-and-children", "extension",
        "exclude-extension", "include-foreign-data", "compress", "encoding", "filter", "role", "section", "snapshot",
        "superuser", "lock-wait-timeout", "rows-per-insert", "extra-float-digits", "restrict-key", "sync-method",
    ),
    "",
)  # fmt: skip
SHORT = "dUhfFjpnNtTeEZS"
NO_DATABASE = frozenset({"g", "r", "t", "globals-only", "roles-only", "tablespaces-only"})  # of pg_dumpall
NO_DUMP = frozenset({"V", "?", "version", "help"})
HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Dump:
    """What one command dumps: empty is the container's own. `doubt`: what about that is not known; `known`: the
    database is, all the same."""

    database: str = ""
    user: str = ""
    doubt: str = ""
    known: bool = True


def dumps(words: Words, environment: Words = ()) -> Iterator[Dump]:
    """What the command `words` dumps, in the text of a `sh -c` too. `environment`: NAME=value."""
    programs = [(word or "").rpartition("/")[2] for word in words]
    if programs[:1] == ["backup"]:
        yield Dump()
        return
    at = next((at for at, name in enumerate(programs) if name in {"pg_dump", "pg_dumpall"}), None)
    if at is None and programs[:1] in (["sh"], ["bash"]) and None in words:
        yield Dump(doubt=f"what {programs[0]} runs there is not known without running it", known=False)
    if at is None:
        for word in words:
            yield from _within(word or "", environment)
        return
    options = list(_options(words[at + 1 :], "dUhflp" if programs[at] == "pg_dumpall" else SHORT))
    names = {name for name, _ in options}
    if programs[at] == "pg_dumpall":
        if not names & (NO_DATABASE | NO_DUMP):
            yield Dump(doubt="pg_dumpall dumps every database, and a plan is of one", known=False)
    elif not names & NO_DUMP:
        yield _dump(options, dict(_set([*environment, *words[:at]])))


def _within(text: str, environment: Words) -> Iterator[Dump]:
    if "pg_dump" not in text or not set(text) & set(" \t\n"):
        return
    try:
        inner = inner_commands(text)
    except NoScript:
        yield Dump(doubt="the text with pg_dump is no shell script", known=False)
        return
    for words in inner:
        yield from dumps(words, environment)


def _set(words: Words) -> Iterator[tuple[str, str]]:
    for word in words:
        name, equals, value = (word or "").partition("=")
        if equals:
            yield name, value


def _options(words: Words, short: str) -> Iterator[tuple[str, str | None]]:
    """Options by their letter or name, with their value; a word by itself as -d, one that is not known as ""."""
    rest = iter(words)
    for word in rest:
        if word is None:
            yield "", None
        elif word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            wants = name in VALUED and not equals
            yield VALUED.get(name) or name, next(rest, None) if wants else value
        elif word.startswith("-") and len(word) > 1:
            at = next((at for at, letter in enumerate(word) if letter in short), 0)
            yield from ((letter, "") for letter in word[1 : at or None])
            if at:
                yield word[at], word[at + 1 :] or next(rest, None)
        else:
            yield "d", word


def _dump(options: list[tuple[str, str | None]], environment: dict[str, str]) -> Dump:
    databases, users, hosts = (list(dict.fromkeys(value for name, value in options if name == key)) for key in "dUh")
    user = users[-1] if users else environment.get("PGUSER", "")
    if user == "$POSTGRES_USER":  # the container's own
        user = ""
    elif user and user.startswith("$"):
        user = None
    own_user = user or ""
    if not databases and ("", None) in options:
        databases = [None]
    elif not databases and "PGDATABASE" in environment:
        databases = [environment["PGDATABASE"]]
    database = databases[0] if len(databases) == 1 else None
    if not databases:
        why = "pg_dump gets no database, and takes PGDATABASE or the one that is called as its user"
        return Dump(user=own_user, doubt=why, known=False)
    if database == "$POSTGRES_DB":
        return Dump("", own_user, _rest(options, user, hosts))
    if database is None or database.startswith("$"):
        return Dump(user=own_user, doubt="which database pg_dump reads is not known without running it", known=False)
    if "=" in database or "://" in database:
        return Dump(user=own_user, doubt="which database pg_dump reads stands in a connection string", known=False)
    return Dump(database, own_user, _rest(options, user, hosts))


def _rest(options: list[tuple[str, str | None]], user: str | None, hosts: Words) -> str:
    """What else is in doubt where the database is plain."""
    if any(host is None or not (host in HERE or host.startswith("/")) for host in hosts):
        return 'pg_dump asks another server, host = "…" in the source'
    if user is None:
        return 'the user of pg_dump is not known without running it, user = "…" in the source'
    return (
        "pg_dump gets a word that is not known without running it: look whether it names another database"
        if ("", None) in options
        else ""
    )
