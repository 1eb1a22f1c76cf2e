"""A drill in a container of the very image that the dump came from; nothing of it is left, however it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from backuptool.bundle import Keys
from backuptool.config import read_config
from backuptool.copies import find
from backuptool.proof import prove
from backuptool.restore import load
from backuptool.secret import Secret
from backuptool.sources.pg_dump import PgDump
from backuptool.target import prepared
from backuptool.throwaway import origin, throwaway
from backuptool.verify import fetched
from integration.conftest import Host, MakeHost
from tests.cli.quick import QUICK, quick_keys

pytestmark = pytest.mark.usefixtures("alone_with_drills")


@pytest.fixture
def tool() -> Iterator[list[str]]:
    with quick_keys():  # some tests read bundles by themselves
        yield [*QUICK]


def containers() -> list[str]:
    """Of drills, running or not."""
    argv = ["docker", "ps", "-aq", "--filter", "label=backuptool.drill"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()


def drilled(host: Host, line: str) -> None:
    """Add a line to the plan's table `drill`."""
    text = host.config.read_text()
    head = "[plans.broker.drill]"
    host.config.write_text(f"{text}{line}\n" if head in text else f"{text}\n{head}\n{line}\n")


def test_a_drill_restores_into_a_container_of_the_same_image(make_host: MakeHost) -> None:
    host = make_host(kdf="pbkdf2")
    host.ok("backup")
    told = json.loads(host.ok("drill", "--json"))
    assert (told["verdict"], told["same_text"], told["differences"]) == ("same", True, [])
    argv = ["docker", "inspect", "-f", "{{.Image}}", host.stack.container("postgres")]
    image = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()
    assert told["server"] == f"a container of {image[:19]}"
    assert told["rows"] > 1000
    assert re.search(r"drilled \d+ min ago", host.ok("list"))
    assert containers() == []


def test_what_a_drill_left_that_was_cut_off_goes_with_the_next_one(make_host: MakeHost) -> None:
    """As after a power cut: the container has ended, and nothing of the drill is there to remove it. A running one may
    be another drill's."""
    host = make_host()
    host.ok("backup")
    argv = ["docker", "inspect", "-f", "{{.Image}}", host.stack.container("postgres")]
    image = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()
    run = ["docker", "run", "-d", "--label", "backuptool.drill", "--network", "none", "--entrypoint", "sleep", image]
    runs, ends = (
        subprocess.run([*run, seconds], capture_output=True, text=True, check=True).stdout.strip()
        for seconds in ("3600", "0")
    )
    subprocess.run(["docker", "wait", ends], capture_output=True, check=True)
    try:
        assert "removing what a drill left" in host.run("drill").stderr
        assert containers() == [runs[:12]]
    finally:
        subprocess.run(["docker", "rm", "-f", runs], capture_output=True, check=True)


def test_a_drill_gives_its_server_the_settings_that_the_database_needs(make_host: MakeHost) -> None:
    host = make_host()
    host.stack.psql("create extension pg_stat_statements")
    try:
        host.ok("backup")
    finally:
        host.stack.psql("drop extension pg_stat_statements")
    drilled(host, 'assert = ["select count(*) >= 0 from pg_stat_statements"]')
    done = host.run("drill")
    assert done.returncode == 4
    assert "pg_stat_statements must be loaded via" in done.stderr
    drilled(host, 'settings = { shared_preload_libraries = "pg_stat_statements" }')
    assert json.loads(host.ok("drill", "--json"))["verdict"] == "same"
    assert containers() == []


def test_a_setting_that_the_server_does_not_know_is_said_in_its_words(make_host: MakeHost) -> None:
    host = make_host()
    host.ok("backup")
    drilled(host, 'settings = { work_mem = "x" }')
    done = host.run("drill")
    assert done.returncode == 5
    assert 'invalid value for parameter "work_mem": "x"\nhint: ' in done.stderr
    assert containers() == []


@pytest.fixture
def initialising(make_host: MakeHost) -> Iterator[Host]:
    """A host with a backup, whose drills are done in an image that makes the database itself."""
    host = make_host()
    host.ok("backup")
    script = host.folder / "init.sql"
    script.write_text("create database broker; table of_a_service_that_is_not_there;")
    made = docker("create", docker("inspect", "-f", "{{.Image}}", host.stack.container("postgres")))
    docker("cp", str(script), f"{made}:/docker-entrypoint-initdb.d/init.sql")
    image = docker("commit", made)
    docker("rm", "-v", made)
    drilled(host, f'image = "{image}"')
    yield host
    docker("rmi", image)


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout.strip()


def test_what_an_image_does_by_itself_is_not_in_the_way(initialising: Host) -> None:
    assert json.loads(initialising.ok("drill", "--json"))["verdict"] == "same"
    assert containers() == []


def test_an_image_that_starts_no_server_is_said(make_host: MakeHost) -> None:
    host = make_host()
    host.ok("backup")
    drilled(host, 'image = "backuptool-test-webdav"')
    done = host.run("drill")
    assert done.returncode == 5
    assert "the throwaway server in a container of backuptool-test-webdav does not start" in done.stderr
    assert containers() == []


ALTERED = {
    "update submission set title = upper(title) where id = 120000": "public.submission: different: row 120000",
    "drop index submission_state_created_idx": "INDEX public.submission_state_created_idx is missing",
    "select lo_put(700001, 0, 'x')": "a large object has other content (of 1)",
    "select setval('ticket_number', 1)": "a sequence stands elsewhere: ",
    "update pg_extension set extversion = '0.9'": "the extension plpgsql is 0.9, and was 1.0",
    'revoke select on submission from "read only"': "the ACL of TABLE public.submission is missing",
    "alter database broker reset timezone": "of the database's own properties is missing: ALTER DATABASE",
    'alter role "read only" login': "the role read only has other attributes",
}


def test_each_alteration_in_a_container_without_network_is_caught(make_host: MakeHost) -> None:
    host = make_host()
    host.ok("backup")
    plan = read_config(host.config).plan("broker")
    opening = Keys.of(Secret(host.passphrase_file.read_bytes().strip()))
    (found,) = find(plan.open_stores(), "broker", plan.host, "latest").copies
    with (
        fetched(found.store, found.stored, opening, host.folder) as bundle,
        throwaway(bundle.contents.server, origin(plan.shell), "700m") as empty,
    ):
        limits = docker("inspect", "-f", "{{.HostConfig.NetworkMode}} {{.HostConfig.Memory}}", *containers())
        assert limits == f"none {700 << 20}"
        server = prepared(empty.server)
        load(bundle, server, "broker")
        copy = PgDump(server.on("broker"))
        assert prove(bundle, copy).differences == ()
        for change in ALTERED:
            copy.server.query(change, first="")
        differences = prove(bundle, copy).differences
    assert [told for told in ALTERED.values() if not any(one.startswith(told) for one in differences)] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_drill_that_is_ended_leaves_no_container(make_host: MakeHost, number: signal.Signals) -> None:
    host = make_host()
    host.ok("backup")
    drilled(host, 'assert = ["select pg_sleep(600) is not null"]')  # it does not end by itself before it was seen
    argv = [*host.tool, "--config", str(host.config), "drill"]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, env={**os.environ}, cwd=host.folder) as tool:
        while not containers():
            assert tool.poll() is None, tool.communicate()
        tool.send_signal(number)
    deadline = time.monotonic() + 300
    while containers():
        assert time.monotonic() < deadline
        time.sleep(0.1)  # for a process that outlives the tool, as it must
