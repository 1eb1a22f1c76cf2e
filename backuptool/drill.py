"""A restore that proves itself: into a throwaway server, dumped again, compared, and nothing of it is left.

The dump is decrypted by the stock openssl command where there is one, so that what is proven does not hang on this
tool's own cipher.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from backuptool import extensions, surroundings
from backuptool.assertions import refuse_what_is_no_query, unmet
from backuptool.bundle import Bundle, Stem, names
from backuptool.comparison import Outcome, compare_definitions_too
from backuptool.contents import Scan
from backuptool.contents.ddl import not_comparable, unsettled
from backuptool.contents.definitions import Definitions
from backuptool.errors import SourceError
from backuptool.restore import fill, load
from backuptool.sources.arguments import of_the_text
from backuptool.sources.completeness import complete
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.server import Server
from backuptool.sources.sql import identifier
from backuptool.stock import by_openssl, openssl_version
from backuptool.target import drop, prepared, refuse_unless_fit
from backuptool.target.connection import MAINTENANCE
from backuptool.throwaway import Throwaway

log = logging.getLogger(__name__)
AGAIN = "backuptool_again"  # where the copy's own copy goes, on the throwaway server only
IMAGE = (
    'drill it in docker, in an image that has all of that: drill = { image = "…" } in the plan (which is named beside'
    " --file too)"
)
WITHOUT_ROLES = (
    "the backup has no roles, and a throwaway server only its superuser: roles = true in the plan, and a new backup"
)
NO_ROLES = "the roles were not compared: the backup has none"
IN_WORDS = "definitions, the database's own properties and the roles"
IN_PLACE = "-c allow_in_place_tablespaces=on"
VIEWS = """
    select format('%I.%I', nspname, relname) from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = relnamespace where relkind = 'm' and relispopulated order by 1
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the copy is the original: where there are no `differences`. `notes`: what could not be compared, or only
    seems to differ. `in_words`: definitions, properties and, where the bundle has `roles`, those were compared, for the
    major is the same. `outdated`: extensions that differ because the source never updated them. `unmet`: those
    differences that are assertions of the plan which are not true: they say nothing about the copy."""

    outcome: Outcome
    differences: tuple[str, ...]
    notes: tuple[str, ...]
    in_words: bool = True
    outdated: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    roles: bool = True


@dataclass(frozen=True, slots=True)
class Drilled:
    """What was done with which backup. `opened_by`: what decrypted it; `seconds`: from the first decrypted byte to a
    database that can be used."""

    stem: Stem
    server: str
    opened_by: str
    seconds: float
    proof: Proof


def drill(bundle: Bundle, throwaway: Throwaway, extra: Sequence[str] = (), assertions: Sequence[str] = ()) -> Drilled:
    """Restore an authenticated bundle into `throwaway` and compare it. Raises SourceError when it cannot be restored.

    `extra`: the arguments that pg_dump is given now; `assertions`: queries that must all be true in the copy; raises
    UsageError when one is no query, BackuptoolError where the server has no room.
    """
    with throwaway.blamed():
        return _drilled(bundle, throwaway, extra, assertions)


def _drilled(bundle: Bundle, throwaway: Throwaway, extra: Sequence[str], assertions: Sequence[str]) -> Drilled:
    if opened_by := openssl_version():
        bundle.decrypt = by_openssl
    database, server = bundle.contents.server.database, prepared(throwaway.server)
    refuse_what_is_no_query(server, assertions)
    _make_tablespaces(server, bundle.contents.server.tablespaces)
    refuse_unless_fit(server, bundle.contents.server, IMAGE, throwaway.called)
    name = database if database not in MAINTENANCE else f"{database}_copy"
    begin = time.monotonic()
    _load(bundle, server, name)
    seconds = time.monotonic() - begin
    log.info("restored in %.1f s; dumping it again", seconds)
    # The copy has what was chosen then, which no bundle says; what is chosen now would leave some of it out.
    proof = prove(bundle, PgDump(server.on(name), of_the_text(tuple(extra))), assertions)
    own = "this tool's own cipher: there is no openssl here"
    return Drilled(bundle.stem, throwaway.called, opened_by or own, seconds, proof)


def _load(bundle: Bundle, server: Server, name: str) -> None:
    try:
        load(bundle, server, name)
    except SourceError as error:
        if bundle.has(names.GLOBALS) or 'ERROR:  role "' not in error.message:
            raise
        raise SourceError(error.message, hint=WITHOUT_ROLES) from error


def _make_tablespaces(server: Server, names: Sequence[str]) -> None:
    """In the cluster's own folder (a developer's option, since 2022 in all versions): they hold nothing for long. Where
    that cannot be, what lacks is told next."""
    for name in names:
        try:
            replace(server, options=f"{server.options} {IN_PLACE}").query(
                f"create tablespace {identifier(name)} location ''", first=""
            )
        except SourceError as error:
            log.info("the tablespace %s cannot be made: %s", name, error.message)


def prove(bundle: Bundle, copy: PgDump, assertions: Sequence[str] = ()) -> Proof:
    """Compare a restored database with its bundle in everything that can be compared. Raises SourceError."""
    outcome, copy = compare_definitions_too(
        bundle.contents.dump, lambda scan: scan.watch(complete(bundle.expanded(names.SQL))), copy
    )
    wanted = bundle.contents.server
    here = int(copy.server.query("select current_setting('server_version_num')")[0][0]) // 10000
    if in_words := here == wanted.server_version_num // 10000:
        found, notes = _definitions(bundle, copy, outcome)
        found += surroundings.differences(bundle, copy)
        notes += [] if bundle.has(names.GLOBALS) else [NO_ROLES]
    else:  # each major has words of its own
        found, notes = [], [f"{IN_WORDS} were not compared: from PostgreSQL {wanted.server_version} to {here}"]
    others = list(extensions.differing(bundle, copy.server))
    untrue = tuple(unmet(copy.server, assertions))
    differences = (*outcome.differences, *found, *map(str, others), *untrue)
    # A newer major brings newer ones: the source's own server may have none that it could be updated to.
    outdated = tuple(other.name for other in others if other.updates and in_words)
    noted = (*outcome.notes, *notes, *_views(copy.server))
    return Proof(outcome, differences, noted, in_words, outdated, untrue, bundle.has(names.GLOBALS))


def _definitions(bundle: Bundle, copy: PgDump, outcome: Outcome) -> tuple[list[str], list[str]]:
    if outcome.definitions is None or not outcome.changes:
        return [], []
    ours, theirs = outcome.definitions
    real = unsettled(ours, theirs, _dumped_again(bundle, copy))
    rows = not_comparable(ours, theirs)
    settled = [str(change) for change in outcome.changes if change not in real]
    notes = [f"PostgreSQL itself prints anew: {', '.join(settled[:3])}" + _more(settled[3:])] if settled else []
    notes += [f"{one.key} was not compared: INSERT statements, and the columns have another order" for one in rows]
    return [str(change) for change in real if change not in rows], notes


def _more(others: list[str]) -> str:
    return f" and {len(others)} more" if others else ""


def _dumped_again(bundle: Bundle, copy: PgDump) -> Definitions:
    """Of the copy's own copy: what PostgreSQL printed anew once is the same there."""
    server = copy.server
    try:
        fill(bundle, server, AGAIN, lambda: copy.text(Scan()))
        found = Definitions()
        second = replace(copy, server=server.on(AGAIN))
        second.prepare()
        for _ in second.text(Scan(found)):
            pass
        return found
    finally:
        drop(server, AGAIN, force=True)


def _views(server: Server) -> Iterator[str]:
    """Materialised views have no rows in a dump: they are made again, and counted."""
    for (name,) in server.query(VIEWS):
        try:
            server.query(f"refresh materialized view {name}")
            ((rows,),) = server.query(f"select count(*) from {name}")  # noqa: S608 - quoted by format()
        except SourceError as error:
            yield f"the materialised view {name} cannot be refreshed: {error.message}"
        else:
            yield f"the materialised view {name} was made again: {rows} rows, not compared"
