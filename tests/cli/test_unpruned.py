"""A backup does not prune a store of whose new copy only the size is known; what could not be pruned is told to all."""

from __future__ import annotations

import json
import re
import shutil

from tests.cli.test_prune import keeping, names
from tests.cli.test_round_trip import Host
from tests.cli.test_told import facts, hooks, told
from tests.pings import pinged
from tests.stores.davserver import DavServer

ONE = "keep = { last = 1, minimum = 1 }"
SAID = "is not pruned: of what it has only the size was looked at; backuptool prune does it"


def test_a_store_that_proves_the_size_only_keeps_all_until_prune_is_run(host: Host, dav: DavServer) -> None:
    folder = host.folder / "second"
    more = f'verify = "size"\n[[plans.broker.stores]]\ntype = "directory"\npath = "{folder}"\ncreate = true\n'
    host.config.write_text(host.config.read_text() + more)
    keeping(host, ONE)
    host.ok("backup")
    done = host.tool("backup")
    assert (done.returncode, len(done.stderr.splitlines()), SAID in done.stderr) == (0, 1, True), done.stderr
    sized = dav.folder / "x"
    (kept,) = names(folder)
    assert len(names(sized)) == 2
    rows = json.loads(host.ok("prune", "--json"))
    assert {(row["store"] == str(folder), row["action"], row["done"]) for row in rows} == {
        (True, "keep", False), (False, "keep", False), (False, "remove", True),
    }  # fmt: skip
    assert names(sized) == [kept]


def test_where_only_pruning_failed_the_backup_is_there_and_the_run_has_failed_for_all_who_are_told(host: Host) -> None:
    host.ok("backup")
    planted = re.sub(r"_20\d\d-", "_2020-", host.bundle().name)
    shutil.copy(host.bundle(), host.store / planted)
    keeping(host, ONE)
    seen = hooks(host, "after", "failed")
    with pinged() as watcher:
        told(host, f'notify = {{ ping_url = "{watcher.url}" }}')
        done = host.tool("backup", "--json")
        assert watcher.paths == ["/start", "/fail"]
    (row,) = json.loads(done.stdout)
    assert (done.returncode, row["backup"], planted in row["error"]) == (3, host.bundle().name, True), done.stderr
    (fact,) = facts(seen)
    assert (fact["EVENT"], fact["EXIT_CODE"], fact["BACKUP"]) == ("failed", "3", host.bundle().name)
    assert (fact["STORES"], planted in fact["ERROR"]) == (str(host.store), True)
