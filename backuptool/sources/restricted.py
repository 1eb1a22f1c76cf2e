r"""A dump that nobody vouches for, given to psql so that no line of it can be a command to psql itself.

`\!`, `\copy … from program`, `\g |…` run programs where psql runs. psql from August 2025 on (13.22, 14.19, 15.14,
16.10, 17.6, 18) has a mode in which it takes no command but `\unrestrict TOKEN`; pg_dump since then begins with it,
under a token that whoever made the dump knows. Here the token is ours, and the dump's own two lines are left out.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator

from backuptool.errors import CommandFailed, VerificationError
from backuptool.shells.stream import output
from backuptool.sources.completeness import BEGIN, END, KEEP
from backuptool.sources.server import Server

TOP = BEGIN + b"\n"
OWN = re.compile(re.escape(TOP) + rb"\\restrict [A-Za-z0-9]+\n")
# psql 18.4 runs what stands in backquotes behind \unrestrict before it compares the token (measured). In the rows of
# COPY a backslash is doubled; elsewhere nobody has the word.
UNRESTRICT = re.compile(rb"(?<!\\)\\unrestrict")
WORD = len(b"\\unrestrict")


def knows_restrict(server: Server) -> bool:
    """Whether the psql that reaches `server` has that mode. Raises SourceError when it does not get there."""
    try:
        output(server.psql("-c", r"\restrict probe"))
    except CommandFailed as error:
        if r"\restrict" in error.stderr:
            return False
        raise
    return True


def restricted(dump: Iterable[bytes]) -> Iterator[bytes]:
    """A complete dump, for psql in that mode. Raises VerificationError when it tries to leave the mode."""
    yield f"\\restrict {secrets.token_hex(16)}\n".encode()
    yield from _without_unrestrict(without_own_lines(dump))


def without_own_lines(dump: Iterable[bytes]) -> Iterator[bytes]:
    """A complete dump without its own first and last command, which an older psql does not know."""
    held = b""  # the last KEEP bytes, until the end is known
    begun = False
    for chunk in dump:
        held += chunk
        if not begun and len(held) >= KEEP:
            held, begun = _begin(held), True
        if begun and len(held) > KEEP:
            yield held[:-KEEP]
            held = held[-KEEP:]
    held = held if begun else _begin(held)
    end = END.search(held)
    yield held[: end.start(1) - len(b"\\unrestrict ")] if end and end[1] else held


def _begin(head: bytes) -> bytes:
    own = OWN.match(head)
    return TOP + head[own.end() :] if own else head


def _without_unrestrict(chunks: Iterable[bytes]) -> Iterator[bytes]:
    before = b""
    for chunk in chunks:
        window = before + chunk
        if UNRESTRICT.search(window, max(0, len(before) - WORD + 1)):  # one that ends in `before` was looked at
            raise VerificationError(
                r"the dump has an \unrestrict in its middle: pg_dump --create writes one, or it is to run programs",
                hint="look into it: backuptool decrypt FILE -o - | gunzip | less; if pg_dump made it, load it by psql",
            )
        before = window[-WORD:]
        yield chunk
