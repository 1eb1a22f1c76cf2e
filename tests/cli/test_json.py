"""What --json prints has the fields that docs/operations.md names, in that order."""

from __future__ import annotations

import json

from tests.cli.test_round_trip import Host
from tests.test_docs import documented


def test_each_command_prints_the_fields_that_are_documented(host: Host) -> None:
    host.config.write_text(host.config.read_text().replace("[plans.broker]", "[plans.broker]\nkeep = { last = 3 }", 1))
    fields = documented()
    commands = [["backup"], ["list"], ["verify"], ["prune", "--dry-run"], ["check"]]
    for words in commands:
        (row,) = json.loads(host.ok(*words, "--json"))
        assert list(row) == fields[words[0]], words
    assert list(json.loads(host.ok("drill", "--json"))) == fields["drill"]
    rows = json.loads(host.ok("doctor", "--json", "--root", str(host.folder)))
    assert {tuple(row) for row in rows} == {tuple(fields["doctor"])}
