"""What PostgreSQL has is backed up, restored on another server, dumped again: the copy is the original."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from integration.faithfulness.backups import Backup, backed_up, restored
from integration.faithfulness.compare import Place, data, unlike
from integration.faithfulness.load import load
from integration.faithfulness.servers import DEBIAN, EMBEDDED, Running, running
from tests.cli.quick import quick_keys

MAJORS = [*EMBEDDED, *(pytest.param(major, marks=pytest.mark.docker) for major in DEBIAN)]
DATABASES = ("everything", "settings", "latin1", "locales")
LATE_COLUMN = "an inherited child whose parent got a column later has its columns in another order"
VARCHAR_IN = "varchar IN (…) casts its array before a restore, the array's members after it; so does each cast array"
KNOWN = {
    "TABLE partitions.adopted": LATE_COLUMN,
    "TABLE DATA partitions.adopted": LATE_COLUMN,
    "TABLE DATA partitions.child": LATE_COLUMN,
    "TABLE DATA partitions.grandchild": LATE_COLUMN,
    "TABLE DATA partitions.of_both": LATE_COLUMN,
    "DOMAIN own_types.state": VARCHAR_IN,
    "FUNCTION functions.atomic(integer, character varying)": VARCHAR_IN,
    "TABLE tables.constraints": VARCHAR_IN,
    "VIEW views.of_in": VARCHAR_IN,
    "VIEW views.of_arrays": VARCHAR_IN,
    "INDEX tables.partial": VARCHAR_IN,
}


@pytest.fixture(scope="module", autouse=True)
def _quick_keys() -> Iterator[None]:
    with quick_keys():
        yield


@dataclass
class Servers:
    """Of each version two, started when they are first asked for: where databases are made, and where they go."""

    folder: Path
    stack: ExitStack = field(default_factory=ExitStack)
    started: dict[tuple[int, str], Running] = field(default_factory=dict)
    backups: dict[tuple[int, str, str], Backup] = field(default_factory=dict)

    def server(self, major: int, role: str) -> Running:
        if (major, role) not in self.started:
            self.started[major, role] = self.stack.enter_context(running(major))
        return self.started[major, role]

    def backup(self, major: int, role: str, database: str) -> Place:
        """A database's backup, made once."""
        server, key = self.server(major, role), (major, role, database)
        if key not in self.backups:
            self.backups[key] = backed_up(server, database, self.folder / "-".join(map(str, key)))
        return Place(server.on(database), self.backups[key])

    def original(self, major: int, database: str) -> Place:
        """A database as its SQL files make it, and its backup."""
        if (major, "original", database) not in self.backups:
            load(self.server(major, "original"), database)
        return self.backup(major, "original", database)

    def copy(self, original: Place, major: int, name: str) -> Place:
        """The original restored as the database `name` of a server of that version, and backed up again."""
        restored(original.backup, self.server(major, "copy"), name)
        return self.backup(major, "copy", name)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    made = Servers(tmp_path_factory.mktemp("faithfulness"))
    with made.stack:
        yield made


def told(servers: Servers, copy: Place, original: Place, major: int, name: str) -> list[str]:
    """What the comparison says of a copy."""
    return list(unlike(copy, original, lambda: servers.copy(copy, major, f"{name}_again").backup, KNOWN))


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("major", MAJORS)
def test_a_copy_is_the_original(servers: Servers, major: int, database: str) -> None:
    original, name = servers.original(major, database), f'{database}\'s "copy"; \\'
    assert told(servers, servers.copy(original, major, name), original, major, name) == []


@pytest.mark.parametrize("major", [16, 18, pytest.param(17, marks=pytest.mark.docker)])
def test_a_million_rows_with_nulls_and_values_of_ten_megabytes_are_the_original(servers: Servers, major: int) -> None:
    original = servers.original(major, "rows")
    assert told(servers, servers.copy(original, major, "rows"), original, major, "rows") == []
    assert {one.name: one.rows for one in original.backup.contents.dump.tables} == {"million": 1_000_000, "big": 4}


def test_thirty_thousand_large_objects_are_the_original(servers: Servers) -> None:
    original = servers.original(16, "objects")
    assert original.backup.contents.dump.large_objects.count == 30_000
    assert told(servers, servers.copy(original, 16, "objects"), original, 16, "objects") == []


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize(
    ("old", "new"), [(16, 18), *(pytest.param(old, 17, marks=pytest.mark.docker) for old in (13, 15))]
)
def test_an_older_dump_has_the_same_rows_in_a_newer_server(servers: Servers, old: int, new: int, database: str) -> None:
    original = servers.original(old, database)
    assert list(data(servers.copy(original, new, f"{database}_of_{old}"), original)) == []


CHANGES = {
    "UPDATE own.values SET t = t || 'x' WHERE \"select\" = 2": "table own.values has other content",
    "DELETE FROM own.parts": "table own.part has 0 rows, not 1",
    "DROP INDEX own.indexed": "INDEX own.indexed is missing",
    "REVOKE SELECT ON own.values FROM keeper": 'the ACL of TABLE own."values" is missing',
    "SELECT nextval('own.numbers')": "a sequence stands elsewhere",
    "SELECT lo_put(99, 2, '\\x28')": "the large objects differ",
    "GRANT SELECT ON LARGE OBJECT 99 TO keeper": "the large objects' owners, grants or comments",
    "ALTER DATABASE {} RESET timezone": "a setting: ['-', 'TimeZone=Asia/Kathmandu'] is missing",
    "ALTER DATABASE {} OWNER TO postgres": "the database: ",
    "GRANT CREATE ON DATABASE {} TO keeper": "the SQL of the database differs",
    "ALTER ROLE keeper CREATEDB": "a role: ",
    "COMMENT ON FUNCTION own.body() IS 'new'": "the COMMENT of FUNCTION own.body() is new",
    "ALTER TABLE own.defaults ALTER f SET DEFAULT 0": "TABLE own.defaults has another definition",
}


def test_each_change_to_a_copy_is_told(servers: Servers) -> None:
    """Without this the others might pass whatever a copy is."""
    original = servers.original(18, "settings")
    server = servers.server(18, "copy")
    restored(original.backup, server, "changed")
    place = replace(server.on("changed"), options="-c default_transaction_read_only=off")
    for number, (sql, expected) in enumerate(CHANGES.items()):
        place.query(sql.format("changed"), first="")
        made = backed_up(server, "changed", servers.folder / f"changed-{number}")
        said = list(unlike(Place(place, made), original, partial(backed_up, server, "changed", servers.folder / "no")))
        assert [line for line in said if line.startswith(expected)], (sql, said)


@pytest.mark.docker
def test_another_version_of_an_extension_is_told(servers: Servers) -> None:
    original, server = servers.original(17, "everything"), servers.server(17, "copy")
    restored(original.backup, server, "other_version")
    server.on("other_version").query("ALTER EXTENSION own UPDATE TO '1.1'")
    made = backed_up(server, "other_version", servers.folder / "other_version")
    copy = Place(server.on("other_version"), made)
    said = list(unlike(copy, original, lambda: made, KNOWN))
    found = {line.partition(":")[0] for line in said}
    # Roles are the whole server's: it may have those of other tests' databases by now.
    assert found - {"the SQL of the roles differs"} == {"extensions", "an extension", "a function"}
