"""A restore that replaces a database, killed about its swap and at random: old or whole new, for whoever connects.

All of it, at every statement: `python -m integration.campaigns.kills.sweep`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integration.campaigns.kills.naive import BUILDS
from integration.campaigns.kills.proxy import How
from integration.campaigns.kills.sweep import ENDS, Sweep, about_the_swap, at, report, sweeping

SEED = 20261125


@pytest.fixture(scope="module")
def sweep() -> Iterator[Sweep]:
    with sweeping(18, 2) as made:
        print(f"seed {SEED}")
        yield made


@pytest.mark.timeout(1200)  # 200 s where two cores are free
def test_killed_with_its_programs_about_the_swap(sweep: Sweep) -> None:
    kills = at(about_the_swap(sweep.statements))
    tally = report(How.ALL.value, sweep.run(kills))
    assert tally.wrong == []
    assert [one for one in tally.missed if ENDS not in one] == []  # sessions may have ended before that
    assert len(kills) >= 30
    print(f"{len(kills)} points")
    assert min(tally.left.values()) >= 3


@pytest.mark.parametrize("how", [How.KILL, How.TERM])
def test_killed_alone_as_the_server_gets_a_statement(sweep: Sweep, how: How) -> None:
    tally = report(how.value, sweep.run(at(about_the_swap(sweep.statements), how, phases=("sent",))))
    assert tally.wrong == []
    assert tally.kills >= 6


def test_killed_at_random_moments(sweep: Sweep) -> None:
    tally = report("at any time", sweep.run(sweep.anytime(SEED, 6)))
    assert tally.wrong == []
    assert tally.kills >= 4


@pytest.mark.parametrize("build", BUILDS)
def test_the_sweep_catches_a_build_that_swaps_in_steps(sweep: Sweep, build: str) -> None:
    assert report(f"the build {build}", sweep.caught(build)).wrong
