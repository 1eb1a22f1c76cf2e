"""Is a restored database the one that was dumped? Compared in everything that can be.

What PostgreSQL itself prints anew after a perfect restore is told from what differs by the copy's own copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from backuptool import extensions, surroundings
from backuptool.assertions import unmet
from backuptool.bundle import Bundle, names
from backuptool.comparison import Outcome, compare_definitions_too
from backuptool.contents import Scan
from backuptool.contents.ddl import not_comparable, unsettled
from backuptool.contents.definitions import Definitions
from backuptool.errors import SourceError
from backuptool.restore import fill
from backuptool.sources.completeness import complete
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.server import Server, answered
from backuptool.target import drop

AGAIN = "backuptool_again"  # where the copy's own copy goes, on the throwaway server only
NO_ROLES = "the roles were not compared: the backup has none"
IN_WORDS = "definitions, the database's own properties and the roles"
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
    # A newer major brings newer ones: the source's own server may have none that it could be updated to.
    newer = [] if in_words else [other for other in others if other.found and other.wanted]
    real = [other for other in others if other not in newer]
    untrue = tuple(unmet(copy.server, assertions))
    differences = (*outcome.differences, *found, *map(str, real), *untrue)
    outdated = tuple(other.name for other in real if other.updates)
    noted = (*outcome.notes, *notes, *map(str, newer), *_views(copy.server))
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
    """Materialised views have no rows in a dump: they are made again, and counted. Raises SourceError where the server
    does not answer."""
    for (name,) in server.query(VIEWS):
        try:
            server.query(f"refresh materialized view {name}")
            ((rows,),) = server.query(f"select count(*) from {name}")  # noqa: S608 - quoted by format()
        except SourceError as error:
            if not answered(error):
                raise
            yield f"the materialised view {name} cannot be refreshed: {error.message}"
        else:
            yield f"the materialised view {name} was made again: {rows} rows, not compared"
