"""Whether the database can be read, before the night: its rights, its containers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator

import pytest

from tests.cli.doctoring import Found, changed, doctor
from tests.cli.test_round_trip import Host
from tests.shells.programs import install


class TestRights:
    """A table that cannot be read ends the whole dump: so it is found before the night."""

    @pytest.fixture
    def dumper(self, host: Host) -> Iterator[Host]:
        """The plan's user reads the database broker by grants of its own."""
        object_ = "grant select on large object 700001 to dumper"
        host.server.psql(f"create role dumper login; grant pg_read_all_data to dumper; {object_}", "broker")
        changed(host, 'user = "postgres"', 'user = "dumper"')
        yield host
        host.server.psql("drop owned by dumper; drop role dumper", "broker")

    def test_who_may_read_all_of_it_is_well(self, dumper: Host) -> None:
        assert doctor(dumper, 0)["rights"]["grade"] == "ok"
        dumper.ok("backup")

    def test_tables_that_it_may_not_read_are_named(self, dumper: Host) -> None:
        dumper.server.psql("revoke pg_read_all_data from dumper", "broker")
        found = doctor(dumper, 1)["rights"]
        assert re.search(r"the user dumper may not read .*public\.\w+ and \d+ more", found["found"])
        assert "pg_read_all_data" in found["hint"]
        assert dumper.tool("backup").returncode == 5
        changed(dumper, "[plans.broker.source]", '[plans.broker.source]\nextra_args = ["--schema=none"]')
        assert doctor(dumper, 0)["rights"]["grade"] == "warning", "what the dump may leave out"

    def test_a_table_with_row_level_security_is_named(self, dumper: Host) -> None:
        dumper.server.psql("alter table public.submission enable row level security", "broker")
        try:
            found = doctor(dumper, 1)["rights"]["found"]
            assert dumper.tool("backup").returncode == 5
        finally:
            dumper.server.psql("alter table public.submission disable row level security", "broker")
        assert found == "row-level security hides rows of public.submission from the user dumper"

    def test_a_large_object_of_somebody_elses_is_named(self, dumper: Host) -> None:
        dumper.server.psql("revoke select on large object 700001 from dumper", "broker")
        assert "may not read large object 700001" in doctor(dumper, 1)["rights"]["found"]
        assert dumper.tool("backup").returncode == 5


class TestContainers:
    @pytest.fixture
    def compose(self, host: Host) -> Host:
        """The database's programs are in a container of stand-ins; docker answers."""
        (host.folder / "compose.yml").touch()
        shell = f'{{ type = "compose", file = "{host.folder}/compose.yml", service = "postgres" }}'
        changed(host, f'{{ type = "local", path = "{host.server.programs}" }}', shell)
        return host

    def run(self, host: Host, code: int, **more: bool) -> Found:
        programs = host.folder / "programs"
        programs.mkdir(exist_ok=True)
        install(programs, v2=True, **more)
        path = f"{programs}:{host.server.programs}:{os.environ['PATH']}"
        done = host.run("--config", str(host.config), "doctor", "--json", PATH=path)
        assert done.returncode == code, done.stdout
        return {one["check"]: one for one in json.loads(done.stdout)}

    def test_a_container_that_runs_is_named(self, compose: Host) -> None:
        found = self.run(compose, 0)
        assert found["engine"]["grade"] == "ok"
        assert found["shell"]["found"] == f"service postgres of {compose.folder}/compose.yml runs"
        assert found["database"]["grade"] == found["pg_dump"]["grade"] == "ok"

    def test_a_container_that_is_down_costs_what_is_in_it_only(self, compose: Host) -> None:
        found = self.run(compose, 1, running=False)
        assert found["shell"]["grade"] == "failed"
        assert "up -d postgres" in found["shell"]["hint"]
        assert found["pg_dump"]["found"] == "not looked at, because `shell` failed"
        assert found["trial"]["grade"] == "ok"

    def test_a_missing_compose_file_is_named(self, compose: Host) -> None:
        (compose.folder / "compose.yml").unlink()
        assert f"no compose file {compose.folder}/compose.yml" in self.run(compose, 1)["shell"]["found"]

    def test_a_script_that_is_not_there_is_named(self, compose: Host) -> None:
        changed(compose, "[plans.broker.source]", '[plans.broker.source]\ntype = "script"\ncommand = ["no-such"]')
        assert "there is no no-such in service postgres" in self.run(compose, 1)["script"]["found"]
