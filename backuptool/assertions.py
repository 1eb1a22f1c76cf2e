"""Queries of a plan's own that must be true in the copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backuptool.errors import SourceError, UsageError
from backuptool.printable import on_one_line
from backuptool.sources.server import Server, answered, sqlstate

SYNTAX_ERROR = "42601"  # SQLSTATE
HINT = "each is one query, whose answer is one true: select count(*) > 0 from submission"


def refuse_what_is_no_query(server: Server, assertions: Sequence[str]) -> None:
    """Have the server parse them, and run none; their tables need not be there. Raises UsageError."""
    if wrong := [f"{_shown(sql)}: {said}" for sql in assertions if (said := _syntax_error(server, sql))]:
        raise UsageError(f"no query in drill.assert: {'; '.join(wrong)}", hint=HINT)


def _syntax_error(server: Server, sql: str) -> str:
    """Nothing where another error is told: that may be of a table, function or type that comes with the load."""
    try:
        # Between parentheses a second statement is a syntax error, else it would be run. The end of a line ends a
        # comment.
        server.query(f"prepare assertion as ({sql.rstrip().rstrip(';')}\n)", first="")
    except SourceError as error:
        return error.message if sqlstate(error) == SYNTAX_ERROR else ""
    return ""


def unmet(server: Server, assertions: Sequence[str]) -> Iterator[str]:
    """Those that do not give one true, with the reason. Raises SourceError where the server does not answer."""
    for sql in assertions:
        try:
            answer = server.query(sql, first="")  # as its application searches
        except SourceError as error:
            if not answered(error):
                raise
            yield f"the assertion failed: {_shown(sql)}: {error.message}"
            continue
        if answer != [["t"]]:
            gave = "" if answer == [["f"]] else " (gave not one row with one true)"
            yield f"the assertion is not true: {_shown(sql)}{gave}"


def _shown(sql: str) -> str:
    return on_one_line(" ".join(sql.split()))
