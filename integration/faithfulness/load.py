"""The databases made by the SQL files in databases/: a folder is a database, each of its files a topic."""

from __future__ import annotations

from pathlib import Path

from integration.faithfulness.servers import Running

DATABASES = Path(__file__).with_name("databases")


def load(running: Running, name: str) -> None:
    """Make the database `name` on a server that has none of its roles yet. Raises SourceError."""
    versions = (DATABASES / "versions.sql").read_bytes()
    first = DATABASES / name / "database.sql"
    running.on().execute([versions, first.read_bytes()], "-o", "/dev/null")
    for path in sorted((DATABASES / name).glob("*.sql")):
        if path != first:
            running.on(name).execute([versions, path.read_bytes()], "-o", "/dev/null")
