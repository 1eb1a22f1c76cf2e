"""Several plans in one run: what one of them meets does not keep the next from being made."""

from __future__ import annotations

import argparse
import errno
import os
from pathlib import Path

from backuptool.cli.backup import _outcome, _summed_up
from backuptool.config.told import HooksTable
from backuptool.errors import BackuptoolError
from backuptool.lock import locked
from tests.cli.test_round_trip import Host
from tests.test_backup import planned


def test_what_this_host_refuses_to_one_plan_is_that_plans_failure(tmp_path: Path) -> None:
    """Where nothing better is known about it, as with a table of files that is full for a moment."""
    (tmp_path / "state").mkdir()
    plan = planned(tmp_path)

    def refused() -> object:
        raise OSError(errno.ENFILE, os.strerror(errno.ENFILE))

    plan.open_stores = refused  # type: ignore[method-assign, assignment]  # no other way to fill the host's table
    outcome = _outcome(argparse.Namespace(), plan)
    assert outcome.run.made is None
    assert isinstance(outcome.error, BackuptoolError)
    assert outcome.error.message == "this host: Too many open files in system"


def test_how_long_a_plan_took_is_known_when_it_ends_and_not_later(tmp_path: Path) -> None:
    """All are summed up behind the last one: the first of a night would have taken the whole night."""
    (tmp_path / "state").mkdir()
    plan = planned(tmp_path)
    plan.hooks = HooksTable(before=("false",))
    outcome = _outcome(argparse.Namespace(), plan)
    first = _summed_up(outcome)
    outcome.run.begin -= 3600  # the plans behind it take an hour
    assert _summed_up(outcome) == first


def parts(host: Host) -> tuple[str, str, str]:
    """Of the configuration: what is before its plan, what is behind that one's name, and another plan like it."""
    top, plan = host.config.read_text().split("[plans.broker]", 1)
    return top, plan, "[plans.other]" + plan.replace("[plans.broker", "[plans.other")


def test_a_credential_that_was_not_handed_out_fails_its_own_plan(host: Host) -> None:
    top, plan, other = parts(host)
    passphrase = f'"{host.folder}/passphrase.txt"'
    assert passphrase in other
    other = other.replace(passphrase, '"credential:night"')
    host.config.write_text(f"{top}{other}[plans.broker]{plan}")
    done = host.tool("backup")
    assert done.returncode == 3, done.stderr
    assert "LoadCredential=night:PATH" in done.stderr
    assert [path.name.partition("_")[0] for path in host.store.glob("*.tar")] == ["broker"]
    assert "no backups of other" in host.ok("list"), "which needs no passphrase"


def test_what_a_plans_stores_need_and_have_not_hides_no_other_plan_in_the_list(host: Host) -> None:
    host.ok("backup")
    store = '{ type = "webdav", url = "https://dav.example/", user = "u", password_file = "/none" }'
    other = f'[plans.another]\npassphrase_file = "/p"\nsource = {{ database = "x" }}\nstores = [ {store} ]\n'
    host.config.write_text(host.config.read_text() + other)
    done = host.tool("list")
    assert (done.returncode, host.bundle().name in done.stdout) == (3, True)
    assert "the list is not complete: the password file /none does not exist" in done.stderr


def test_each_plan_that_cannot_be_listed_is_named(host: Host) -> None:
    host.ok("backup")
    store = '{ type = "directory", path = "/none", mount_point = "/none" }'
    other = f'passphrase_file = "/p"\nsource = {{ database = "x" }}\nstores = [ {store} ]\n'
    host.config.write_text(f"{host.config.read_text()}[plans.one]\n{other}[plans.two]\n{other}")
    done = host.tool("list")
    assert done.stderr.splitlines()[:2] == [
        "backuptool: plan two: nothing is mounted on /none",
        "backuptool: the list is not complete: nothing is mounted on /none",
    ]


def test_a_run_that_is_under_way_hides_no_failure_of_another_plan(host: Host) -> None:
    """11 tells whoever watches that nothing is wrong but the time."""
    top, plan, other = parts(host)
    broken = other.replace('user = "postgres"', 'user = "nobody at all"')
    assert broken != other
    host.config.write_text(f"{top}[plans.broker]{plan}{broken}")
    with locked(host.folder / "state", "broker"):
        done = host.tool("backup", "broker", "other")
    assert done.returncode == 5, done.stderr
    assert done.stderr.splitlines()[-2].startswith("backuptool: 2 of 2 plans failed: "), done.stderr


def test_where_all_fail_the_code_is_that_of_the_first_but_11_only_where_each_is_under_way(host: Host) -> None:
    """As docs/operations.md has it."""
    top, plan, other = parts(host)
    nowhere = plan.replace("create = true", 'mount_point = "/"').replace(f"{host.store}", "/proc/none")
    host.config.write_text(f"{top}[plans.broker]{nowhere}" + other.replace('user = "postgres"', 'user = "nobody"'))
    assert host.tool("backup", "broker", "other").returncode == 6
    assert host.tool("backup", "other", "broker").returncode == 5
    with locked(host.folder / "state", "broker"), locked(host.folder / "state", "other"):
        assert host.tool("backup").returncode == 11
