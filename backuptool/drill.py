"""A restore that proves itself: into a throwaway server, dumped again, compared, and nothing of it is left.

The dump is decrypted by the stock openssl command where there is one, so that what is proven does not hang on this
tool's own cipher.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from backuptool.assertions import refuse_what_is_no_query
from backuptool.bundle import Bundle, Stem, names
from backuptool.errors import SourceError
from backuptool.proof import Proof, prove
from backuptool.restore import load
from backuptool.sources.arguments import of_the_text
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.server import Server
from backuptool.sources.sql import identifier
from backuptool.stock import by_openssl, openssl_version
from backuptool.target import prepared, refuse_unless_fit
from backuptool.target.connection import MAINTENANCE
from backuptool.throwaway import Throwaway

log = logging.getLogger(__name__)
IMAGE = (
    'drill it in docker, in an image that has all of that: drill = { image = "…" } in the plan (which is named beside'
    " --file too)"
)
WITHOUT_ROLES = (
    "the backup has no roles, and a throwaway server only its superuser: roles = true in the plan, and a new backup"
)
IN_PLACE = "-c allow_in_place_tablespaces=on"


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
    UsageError when one is no query, BackuptoolError where the server has no room or memory, or is gone.
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
