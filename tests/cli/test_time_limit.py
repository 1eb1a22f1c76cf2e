"""A plan's `time_limit` ends a verify and a drill as it ends a backup (docs/configuration.md)."""

from __future__ import annotations

import gzip
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.cli.test_old import stored
from tests.cli.test_resumed import goes_to
from tests.cli.test_round_trip import Host
from tests.past.procedure import NAME
from tests.sources.test_completeness import OLD
from tests.stores.davserver import DavServer
from tests.stores.faults import stalled
from tests.stores.faulty_proxy import Exchange, faulty_proxy


def ended(host: Host, what: str, *words: str, seconds: int, when: Callable[[], object] | None = None) -> None:
    """The run is ended by its limit, or as if this were over `when` this returns."""
    plan = f'[plans.broker]\ntime_limit = "{seconds}s"'
    host.config.write_text(host.config.read_text().replace("[plans.broker]", plan, 1))
    argv = [*host.argv, "--config", str(host.config), *words]
    with subprocess.Popen(argv, cwd=host.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tool:
        if when:
            when()
            tool.send_signal(signal.SIGALRM)
        _, said = tool.communicate()
    assert said.startswith(f"backuptool: the {what} of broker was not done within {seconds} s and was ended\n"), said
    assert tool.returncode == 1
    assert [left for left in (host.folder / "state").iterdir() if left.is_dir()] == []


@contextmanager
def moved_to_a_server_that_hangs(host: Host, cloud: DavServer) -> Iterator[threading.Event]:
    """What is in the host's store; the server lists it and never gives a file. Set when it was asked for one."""
    asked = threading.Event()

    def hangs(exchange: Exchange) -> None:
        asked.set()
        stalled(exchange)

    for file in host.store.iterdir():
        shutil.copy(file, cloud.folder)
    with faulty_proxy(cloud.port) as proxy:
        proxy.on("GET", hangs)
        goes_to(host, f"http://127.0.0.1:{proxy.port}/")
        yield asked


@pytest.mark.parametrize("name", ["latest", NAME])
def test_a_verification_that_takes_longer_is_ended_of_an_old_backup_too(
    host: Host, cloud: DavServer, name: str
) -> None:
    host.ok("backup")
    stored(host, gzip.compress(OLD))
    with moved_to_a_server_that_hangs(host, cloud) as asked:
        ended(host, "verification", "verify", name, seconds=300, when=asked.wait)


def test_a_drill_that_takes_longer_is_ended_and_is_no_failed_one(host: Host) -> None:
    host.config.write_text(
        f'{host.config.read_text()}[plans.broker.drill]\nassert = ["select pg_sleep(60) is not null"]\n'
    )
    host.ok("backup")
    ended(host, "drill", "drill", seconds=9)
    assert "DRILL FAILED" not in host.ok("list")


@pytest.mark.parametrize(("what", "word"), [("backup", "backup"), ("verification", "verify"), ("drill", "drill")])
def test_any_run_is_ended_by_a_limit_of_a_second(host: Host, cloud: DavServer, what: str, word: str) -> None:
    """Wherever it is by then: the server answers nothing at all."""
    (host.folder / "state").mkdir(mode=0o700)
    with faulty_proxy(cloud.port) as proxy:
        proxy.on("PROPFIND", stalled, times=99, anybody=True)
        goes_to(host, f"http://127.0.0.1:{proxy.port}/")
        ended(host, what, word, seconds=1)
        proxy.forget()
