"""What is backed up: the one interface every source has."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Protocol

from backuptool.contents import Scan, ServerFacts


class Source(Protocol):
    """A database as SQL. Nothing counts unless the producer ended with 0 and the dump is complete."""

    def prepare(self) -> None:
        """Ask the server what the dump needs to know, so that what cannot work fails early. Raises SourceError."""
        ...

    def dump(self, scan: Scan) -> Generator[bytes, None, None]:
        """The plain dump, compressed by gzip; `scan` sees it go by. Raises SourceError, at the latest at its end."""
        ...

    def database(self) -> Iterator[bytes]:
        """SQL that makes the empty database (psql variable target_db): owner, encoding, locale, settings, grants."""
        ...

    def roles(self) -> Iterator[bytes]:
        """SQL for psql that makes the roles which a server lacks, their memberships and passwords."""
        ...

    def facts(self) -> ServerFacts:
        """What the dump does not say of its server and database. Raises SourceError."""
        ...
