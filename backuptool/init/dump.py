"""What one command dumps: which database, as whom, of which server, as far as its words and what it is given tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from backuptool.init.pg_options import Options

Values = Sequence[str | None]
OWN_DATABASE, OWN_USER = "$POSTGRES_DB", "$POSTGRES_USER"  # the container's
HERE = frozenset({"", "localhost", "127.0.0.1", "::1"})
RUNNING = re.compile(r"\$|\{\}")  # in what is not known without running it; {} is xargs's
# Which part of a database is dumped.
SELECTING = frozenset({
    "n", "N", "t", "T", "e", "a", "s", "schema", "exclude-schema", "table", "exclude-table", "exclude-table-data",
    "table-and-children", "exclude-table-and-children", "exclude-table-data-and-children", "extension",
    "exclude-extension", "filter", "section", "data-only", "schema-only",
})  # fmt: skip
# What libpq asks besides -h.
SERVERS = ("PGHOSTADDR", "PGSERVICE")


@dataclass(frozen=True, slots=True)
class Dump:
    """What one command dumps: empty is the container's own. `doubt`: what about that is not known; `known`: the
    database is, all the same."""

    database: str = ""
    user: str = ""
    doubt: str = ""
    known: bool = True


def of_pg_dump(options: Options, values: Mapping[str, str], service: str) -> Dump:
    """Of pg_dump with `options`, to which `values` are given, in the container of `service`."""
    databases, users, hosts = (list(dict.fromkeys(value for name, value in options if name == key)) for key in "dUh")
    unknown = ("", None) in options
    databases = databases or ([None] if unknown else [values["PGDATABASE"]] if values.get("PGDATABASE") else [])
    user = users[-1] if users else values.get("PGUSER", "") or OWN_USER
    hosts = [*(hosts or [values.get("PGHOST", "")]), *(values.get(name, "") for name in SERVERS)]
    ports = [value for name, value in options if name in {"p", "port"}] or [values.get("PGPORT", "")]
    doubts = [*_server_doubts("pg_dump", hosts, ports, service), *_user_doubts("pg_dump", user), *_left_out(options)]
    database = databases[0] if len(databases) == 1 else None
    if not databases:
        why = "pg_dump gets no database, and takes PGDATABASE or the one that is called as its user"
    elif _is_unknown(database, OWN_DATABASE):
        why = "which database pg_dump reads is not known without running it"
    elif database and ("=" in database or "://" in database):
        why = "which database pg_dump reads stands in a connection string"
    else:
        look = "pg_dump gets a word that is not known without running it: look whether it names another database"
        return Dump(_plain(database), _plain(user), "; ".join([*doubts, *([look] if unknown else [])]))
    return Dump("", _plain(user), "; ".join([*doubts, why]), known=False)


def of_own_backup(words: Values, values: Mapping[str, str], service: str) -> Dump:
    """Of the container's own `backup`: of POSTGRES_DB as POSTGRES_USER. It may do anything with `words`, and with
    libpq's variables: use them, or set them itself."""
    what = "the container's own backup"
    database, user = values.get("POSTGRES_DB", OWN_DATABASE), values.get("POSTGRES_USER", OWN_USER)
    user = user if values.get("PGUSER", user) == user else ""
    hosts = [values.get(name, "") for name in ("POSTGRES_HOST", "PGHOST", *SERVERS)]
    doubts = [*_server_doubts(what, hosts, [values.get("PGPORT", "")], service), *_user_doubts(what, user)]
    if words or not database or values.get("PGDATABASE", database) != database or _is_unknown(database, OWN_DATABASE):
        why = f"which database {what} dumps is not known without running it"
        return Dump("", _plain(user), "; ".join([*doubts, why]), known=False)
    return Dump(_plain(database), _plain(user), "; ".join(doubts))


def _server_doubts(what: str, hosts: Values, ports: Values, service: str) -> Iterator[str]:
    if any(_is_unknown(host) for host in hosts):
        yield f'which server {what} asks is not known without running it, host = "…" in the source'
    elif any(host not in HERE | {service} and not (host or "").startswith("/") for host in hosts):
        yield f'{what} asks another server, host = "…" in the source'
    if any(_is_unknown(port) for port in ports):
        yield f"which port {what} asks is not known without running it, port = … in the source"
    elif ports[-1] not in {"", "5432"}:
        yield f"{what} asks port {ports[-1]}, port = {ports[-1]} in the source"


def _left_out(options: Options) -> Iterator[str]:
    """What of a dump is not all of the database, or not in the form that a plan's has."""
    words = [f"{_dashed(name)}{f' {value}' if value else ''}" for name, value in options if name in SELECTING]
    if words:
        yield f"pg_dump takes a part only ({', '.join(words)}), and a plan all: extra_args = […] in the source"
    formats = [value or "" for name, value in options if name in {"F", "format"}]
    if formats and not formats[-1].startswith("p"):
        yield f"pg_dump writes the format {formats[-1]}, and a plan plain SQL: what restores it is psql"


def _dashed(name: str) -> str:
    return f"--{name}" if len(name) > 1 else f"-{name}"


def _user_doubts(what: str, user: str | None) -> Iterator[str]:
    if not user or _is_unknown(user, OWN_USER):
        yield f'the user of {what} is not known without running it, user = "…" in the source'


def _is_unknown(value: str | None, own: str = "") -> bool:
    return value is None or (value != own and RUNNING.search(value) is not None)


def _plain(value: str | None) -> str:
    """What stands in a plan: nothing for the container's own, and for what is not known."""
    return "" if value is None or RUNNING.search(value) else value
