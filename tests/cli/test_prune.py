"""`backuptool prune`, and what a backup does by itself."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from backuptool.lock import locked
from tests.cli.test_round_trip import Host

KEEP = "keep = { last = 2, minimum = 1 }"


def keeping(host: Host, rule: str = KEEP) -> Host:
    host.config.write_text(host.config.read_text().replace("[plans.broker]", f"[plans.broker]\n{rule}", 1))
    return host


def nights(host: Host, count: int) -> list[str]:
    """Copies of one backup cannot be had under other names: each is made."""
    for _ in range(count):
        host.ok("backup")
    return names(host.store)


def names(store: Path) -> list[str]:
    return sorted(path.name for path in store.iterdir())


def test_a_backup_removes_what_is_not_kept_any_more(host: Host) -> None:
    before = nights(host, 2)
    after = nights(keeping(host), 1)
    assert len(after) == 2
    assert after[0] == before[1]


def test_without_a_rule_nothing_goes_and_prune_says_so(host: Host) -> None:
    assert len(nights(host, 2)) == 2
    done = host.tool("prune")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("backuptool: nothing says what to keep, so nothing is removed\nhint: put keep =")


def beside(host: Host) -> Host:
    """A second plan, of the same stores, without a `keep`."""
    text = host.config.read_text()
    host.config.write_text(text + text[text.index("[plans.broker]") :].replace("plans.broker", "plans.also"))
    return keeping(host)


def test_a_named_plan_without_a_rule_is_told_beside_one_that_has_one(host: Host) -> None:
    beside(host).ok("backup", "broker")
    done = host.tool("prune", "broker", "also")
    assert (done.returncode, done.stdout.splitlines()[0]) == (3, f"{host.store}: 1 kept, 0 removed"), done.stderr
    assert "plan also: nothing says what to keep, so nothing is removed\nhint: put keep =" in done.stderr
    alone = host.tool("prune", "also")
    assert (alone.returncode, "nothing says what to keep" in alone.stderr) == (2, True)


def test_a_plan_without_a_rule_that_nobody_named_is_a_warning(host: Host) -> None:
    beside(host).ok("backup", "broker")
    done = host.tool("prune")
    assert (done.returncode, done.stderr) == (
        0, "backuptool: plan also: nothing says what to keep, so nothing is removed\n"
    )  # fmt: skip


def test_of_two_plans_in_one_store_each_is_named(host: Host) -> None:
    beside(host)
    host.config.write_text(host.config.read_text().replace("[plans.also]", f"[plans.also]\n{KEEP}"))
    host.ok("backup", "also")
    shown = [line for line in host.ok("prune").splitlines() if not line.startswith(" ")]
    assert shown == [f"broker in {host.store}: 0 kept, 0 removed", f"also in {host.store}: 1 kept, 0 removed"]


def test_a_dry_run_shows_what_would_go_and_why_and_removes_nothing(host: Host) -> None:
    before = nights(host, 3)
    keeping(host)
    shown = host.ok("prune", "--dry-run").splitlines()
    assert shown[0] == f"{host.store}: 2 kept, 1 would be removed"
    assert [line.split()[-2:] for line in shown[1:3]] == [["keep", "last"]] * 2
    assert shown[3].endswith("  remove  past last 2")
    assert max(map(len, shown[1:])) <= 80
    rows = json.loads(host.ok("prune", "--dry-run", "--json"))
    assert [(row["backup"], row["action"], row["done"]) for row in rows] == [
        (before[2], "keep", False), (before[1], "keep", False), (before[0], "remove", False),
    ]  # fmt: skip
    assert names(host.store) == before
    assert host.ok("prune").splitlines()[0] == f"{host.store}: 2 kept, 1 removed"
    assert names(host.store) == before[1:]


def test_a_dry_run_shows_what_does_not_prove_itself_and_would_stay(host: Host) -> None:
    """Also what the ledger knows: `backup` sends whoever was told of it there. A passphrase that is not named any more
    is enough."""
    first, *_ = nights(host, 3)
    content = (host.store / first).read_bytes()
    (host.store / first).write_bytes(content.replace(b'"sequence"', b'"seqvence"'))
    keeping(host)
    shown = [host.tool("prune", *words) for words in (["--dry-run"], [])]
    assert [done.returncode for done in shown] == [3, 3]
    dry, real = (done.stdout.replace("would be ", "").splitlines() for done in shown)
    assert (dry, dry[0]) == (real, f"{host.store}: 3 kept, 0 removed")
    (row,) = [row for row in json.loads(host.tool("prune", "--dry-run", "--json").stdout) if row["backup"] == first]
    assert (row["action"], bool(row["doubt"])) == ("keep", True)


def test_list_marks_nothing_that_prune_would_leave_alone(host: Host) -> None:
    """Neither a file that only has a bundle's name, nor one that such a file seems to push out."""
    first, second = nights(host, 2)
    keeping(host, "keep = { last = 1, minimum = 1 }")
    planted = [
        f"{second[: -len('2026-11-25T040506Z.tar')]}{time}Z.tar" for time in ("2020-01-01T000000", "2099-01-01T000000")
    ]
    for name in planted:
        (host.store / name).write_text("planted")
    rows = json.loads(host.ok("list", "--json"))
    assert {row["backup"]: row["pruned"] for row in rows} == {
        planted[0]: None, first: "now", second: "next", planted[1]: None,
    }  # fmt: skip


def test_why_nothing_goes_from_the_only_store_is_said_once(host: Host) -> None:
    *_, last = nights(host, 3)
    (host.store / last).unlink()
    done = keeping(host, "keep = { last = 1, minimum = 1 }").tool("prune")
    said = f"nothing is removed: {last} was stored there last and is not listed"
    assert (done.returncode, done.stderr.splitlines()[0]) == (1, f"backuptool: {host.store}: {said}")
    assert done.stderr.count(last) == 1, done.stderr


def test_a_file_that_only_has_the_name_is_left_alone_loudly_and_the_backup_is_there(host: Host) -> None:
    (kept,) = nights(host, 1)
    planted = host.store / f"{kept.rpartition('_')[0]}_2020-01-01T000000Z.tar"
    shutil.copy(host.store / kept, planted)
    done = keeping(host, "keep = { last = 1, minimum = 1 }").tool("backup", "--json")
    assert done.returncode == 3
    assert "the backup is made; " in done.stderr
    assert done.stderr.count(planted.name) == 1, done.stderr
    (made,) = json.loads(done.stdout)
    assert names(host.store) == [planted.name, made["backup"]]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("keep = {}", "keeps nothing: give one of last, daily, weekly, monthly, yearly, within"),
        ("keep = { last = 0, daily = 0 }", "keeps nothing"),
        ("keep = { last = 3, minimum = 0 }", "keep.minimum: must be 1 or more"),
        ("keep = { dayly = 3 }", "did you mean daily?"),
        ('keep = { within = "3 days" }', "must be a number above 0 and s, m, h, d or w"),
        ("keep = 7", "plans.broker.keep: must be a table: { … }"),
        ("keep = { last = -1 }", "keep.last: must be 0 or more"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(host: Host, rule: str, said: str) -> None:
    done = keeping(host, rule).tool("prune")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_at_the_same_time_is_locked_out(host: Host) -> None:
    keeping(host)
    with locked(host.folder / "state", "broker"):
        assert host.tool("prune").returncode == 11
        assert host.ok("prune", "--dry-run") == f"{host.store}: 0 kept, 0 would be removed\n"


def test_list_marks_what_goes_after_the_next_backup(host: Host) -> None:
    first, second = nights(host, 2)
    keeping(host)
    shown = host.ok("list").splitlines()
    assert [line[:2] for line in shown] == [str(host.store)[:2], "- ", "  ", "-:"]
    assert all(line.endswith("  read back") for line in shown[1:3])
    assert max(map(len, shown[1:])) <= 80
    rows = json.loads(host.ok("list", "--json"))
    assert [(row["backup"], row["pruned"]) for row in rows] == [(first, "next"), (second, None)]


def dated(host: Host, bundle: str, day: str) -> None:
    """The same bundle as store and ledger have it where the clock was wrong when it was made."""
    name = f"{bundle.rpartition('_')[0]}_{day}T000000Z.tar"
    (host.store / bundle).rename(host.store / name)
    ledger = host.folder / "state" / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace(bundle, name))


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            ("", "2099-01-01"),
            r"this host's clock says \S+ \S+ UTC, before \S+_2099-01-01T000000Z.tar\nhint: set the clock",
        ),
        (("2020-01-01", "2020-01-02"), r"\d+ days passed without a backup after \S+\nhint: is the clock right\?"),
    ],
)
def test_where_prune_would_not_trust_the_clock_list_marks_nothing_and_says_why(
    host: Host, days: tuple[str, str], said: str
) -> None:
    for bundle, day in zip(nights(host, 2), days, strict=True):
        if day:
            dated(host, bundle, day)
    keeping(host, "keep = { last = 1, minimum = 1 }")
    assert [row["pruned"] for row in json.loads(host.ok("list", "--json"))] == [None, None]
    shown = host.ok("list")
    assert re.search(rf"^nothing is removed: {said}", shown, re.MULTILINE), shown
    assert "-: " not in shown


def test_list_marks_what_goes_after_the_next_backup_though_nothing_does_before(host: Host) -> None:
    """After a pause one more backup is enough here to believe the clock."""
    first, _ = nights(host, 2)
    dated(host, first, "2020-01-01")
    keeping(host, "keep = { last = 1, minimum = 1 }")
    assert "days passed without a backup" in host.tool("prune").stderr
    assert [row["pruned"] for row in json.loads(host.ok("list", "--json"))] == ["next", "next"]
    assert host.ok("list").splitlines()[-1] == "-: removed after the next backup"


def test_where_the_store_lacks_what_it_got_last_list_says_that_it_goes_after_the_next_backup(host: Host) -> None:
    *_, last = nights(host, 3)
    (host.store / last).unlink()
    keeping(host, "keep = { last = 1, minimum = 1 }")
    assert "was stored there last and is not listed" in host.tool("prune").stderr
    assert [row["pruned"] for row in json.loads(host.ok("list", "--json"))] == ["next", "next"]
