"""Which versions a copy's extensions have: they stand in no dump, and a restore makes the default of its server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backuptool.bundle import Bundle
from backuptool.sources.facts import server_facts
from backuptool.sources.server import Server
from backuptool.sources.sql import literal

UPDATES = """
    select 1 from pg_catalog.pg_extension_update_paths({name})
    where source = {wanted} and target = {found} and path is not null
"""


@dataclass(frozen=True, slots=True)
class Other:
    """An extension whose version is another one, or which only one side has. `updates`: ALTER EXTENSION … UPDATE leads
    from the bundle's version to the copy's, so that the source has not been updated."""

    name: str
    found: str
    wanted: str
    updates: bool = False

    def __str__(self) -> str:
        return f"the extension {self.name} is {self.found or 'missing'}, and was {self.wanted or 'not there'}"


def differing(bundle: Bundle, copy: Server) -> Iterator[Other]:
    """By name. Raises SourceError."""
    theirs, ours = bundle.contents.server.extensions, server_facts(copy).extensions
    for name in sorted(theirs.keys() | ours.keys()):
        wanted, found = theirs.get(name, ""), ours.get(name, "")
        if wanted != found:
            yield Other(name, found, wanted, bool(wanted and found and _updates(copy, name, wanted, found)))


def _updates(copy: Server, name: str, wanted: str, found: str) -> bool:
    sql = UPDATES.format(name=literal(name), wanted=literal(wanted), found=literal(found))
    return bool(copy.query(sql))
