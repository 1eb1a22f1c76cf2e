"""A restore that replaces a database, killed about its swap and at random: old or whole new, for whoever connects.

All of it, at every statement: `python -m integration.campaigns.kills.sweep`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from integration.campaigns.kills.lane import Kill, Tally
from integration.campaigns.kills.naive import BUILDS
from integration.campaigns.kills.proxy import How, Point
from integration.campaigns.kills.sweep import Sweep, about_the_swap, at, report, shared, sweeping

SEED = 20261125


@dataclass
class Reached:
    """A lane whose runs come to the point that is wanted, or do not, one after the other."""

    by: list[bool]
    struck: list[Kill] = field(default_factory=list)

    def strike(self, kill: Kill, _: Tally) -> bool:
        self.struck.append(kill)
        return self.by.pop(0)


POINT = Kill(Point("select 1", 3, "sent"))


def test_a_point_that_a_run_does_not_come_to_is_tried_again() -> None:
    """How often sessions are ended in a swap depends on the moment."""
    lane = Reached([False, False, True])
    assert shared([POINT], [lane]).missed == []
    assert lane.struck == [POINT] * 3


def test_a_point_that_no_run_comes_to_is_told() -> None:
    assert shared([POINT], [Reached([False] * 100)]).missed == [str(POINT)]


def test_a_moment_after_the_end_of_a_run_is_tried_again_at_half_of_it() -> None:
    """How long a run takes depends on what else the machine does."""
    lane = Reached([False, False, True])
    assert shared([Kill(delay=3)], [lane]).missed == []
    assert [kill.delay for kill in lane.struck] == [3, 1.5, 0.75]


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
    assert tally.missed == []
    assert len(kills) >= 30
    print(f"{len(kills)} points")
    assert min(tally.left.values()) >= 3


@pytest.mark.parametrize("how", [How.KILL, How.TERM])
def test_killed_alone_as_the_server_gets_a_statement(sweep: Sweep, how: How) -> None:
    tally = report(how.value, sweep.run(at(about_the_swap(sweep.statements), how, phases=("sent",))))
    assert tally.wrong == []
    assert tally.kills >= 6


def test_the_answer_to_a_copy_which_comes_behind_its_data_is_a_moment(sweep: Sweep) -> None:
    kills = at([one for one in sweep.statements if one[0].startswith("COPY ")], How.KILL, phases=("answered",))
    tally = report(How.KILL.value, sweep.run(kills))
    assert (tally.kills, tally.wrong, tally.missed) == (len(kills), [], [])
    assert kills


def test_killed_at_random_moments(sweep: Sweep) -> None:
    tally = report("at any time", sweep.run(sweep.anytime(SEED, 6)))
    assert (tally.kills, tally.wrong, tally.missed) == (6, [], [])


@pytest.mark.parametrize("build", BUILDS)
def test_the_sweep_catches_a_build_that_swaps_in_steps(sweep: Sweep, build: str) -> None:
    assert report(f"the build {build}", sweep.caught(build)).wrong
