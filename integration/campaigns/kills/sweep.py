"""The sweep: a kill at every statement, before, while and after it; then the broken builds, which it must catch.

`python -m integration.campaigns.kills.sweep` runs all of it, with --help for what can be chosen.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from threading import Lock
from typing import Protocol

from integration.campaigns.kills.clients import LIVE
from integration.campaigns.kills.ground import NAIVE, TOOL, ground
from integration.campaigns.kills.lane import Kill, Lane, Tally
from integration.campaigns.kills.naive import BUILDS
from integration.campaigns.kills.proxy import PHASES, How, Point

Statements = list[tuple[str, int]]
ENDS = "pg_terminate_backend"


class Strikes(Protocol):
    """A lane, or what stands in for one."""

    def strike(self, kill: Kill, tally: Tally) -> bool: ...


def shared(kills: list[Kill], lanes: Sequence[Strikes], *, until_wrong: bool = False) -> Tally:
    """All of them, or until one shows something wrong."""
    tally, rest, lock = Tally(), iter(kills), Lock()

    def work(lane: Strikes) -> None:
        while not (until_wrong and tally.wrong):
            with lock:
                kill = next(rest, None)
            if kill is None:
                return
            if not any(lane.strike(one, tally) for one in kill.tries()):
                tally.miss(kill)

    with ThreadPoolExecutor(len(lanes)) as pool:
        for done in [pool.submit(work, lane) for lane in lanes]:
            done.result()
    return tally


class Sweep:
    """Kills, shared among lanes that run at the same time."""

    def __init__(self, lanes: list[Lane]) -> None:
        self._lanes = lanes
        self.statements, self.duration = lanes[0].statements()

    def run(self, kills: list[Kill], *, until_wrong: bool = False) -> Tally:
        return shared(kills, self._lanes, until_wrong=until_wrong)

    def anytime(self, seed: int, count: int) -> list[Kill]:
        """Kills at random moments of a run."""
        random = Random(seed)
        hows = list(How)
        return [Kill(delay=random.uniform(0, self.duration), how=random.choice(hows)) for _ in range(count)]

    def caught(self, build: str) -> Tally:
        """What the sweep finds in the swap of a broken build, until it finds something."""
        program = (NAIVE, build)
        statements, _ = self._lanes[0].statements(program)
        return self.run(at(about_the_swap(statements), phases=("answered",), program=program), until_wrong=True)


def at(
    statements: Statements, how: How = How.ALL, *, phases: tuple[str, ...] = PHASES, program: tuple[str, ...] = TOOL
) -> list[Kill]:
    """A kill in each phase of each statement."""
    return [Kill(Point(key, time, phase, how), program=program) for key, time in statements for phase in phases]


def about_the_swap(statements: Statements) -> Statements:
    """All that name the live database from its first renaming on, two before them, two after them, and twice the one
    that ends sessions: that comes again and again, from before the transaction until it is committed.

    What is rehearsed before the load names it too, and is rolled back.
    """
    ends = {key for key, _ in statements if ENDS in key}
    others = [one for one in statements if one[0] not in ends]
    places = [place for place, (key, _) in enumerate(others) if f'"{LIVE}"' in key]
    first = next(place for place in places if "rename" in others[place][0])
    return [*others[max(0, first - 2) : places[-1] + 3], *((key, time) for key in ends for time in (1, 2))]


@contextmanager
def sweeping(major: int, lanes: int) -> Iterator[Sweep]:
    """A sweep with servers of its own."""
    with ExitStack() as stack:
        folders = [stack.enter_context(tempfile.TemporaryDirectory(prefix="kills-", dir="/tmp")) for _ in range(lanes)]
        yield Sweep([Lane(stack.enter_context(ground(Path(folder), major))) for folder in folders])


def report(title: str, tally: Tally) -> Tally:
    """Print it."""
    wrong = [f"  wrong: {' '.join(one.split())[:300]}" for one in tally.wrong[:3]]
    missed = [f"  not reached: {one}" for one in tally.missed]
    print(f"{title:38} {tally}", *wrong, *missed, sep="\n", flush=True)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--major", type=int, default=18, help="of PostgreSQL: 16 or 18")
    parser.add_argument("--lanes", type=int, default=2, help="servers at the same time")
    parser.add_argument("--random", type=int, default=100, help="kills at random moments")
    parser.add_argument("--seed", type=int, default=Random().randrange(1 << 32))
    parser.add_argument("--how", choices=How.__members__, nargs="+", default=list(How.__members__), help="default: all")
    parser.add_argument("--only", default="", metavar="TEXT", help="statements with this in them, and no broken build")
    arguments = parser.parse_args()
    logging.getLogger("backuptool").addHandler(logging.NullHandler())  # what a run says is looked at by the lane
    with sweeping(arguments.major, arguments.lanes) as sweep:
        statements = [one for one in sweep.statements if arguments.only in one[0]]
        print(f"PostgreSQL {arguments.major}, {len(statements)} statements, seed {arguments.seed}", flush=True)
        anytime = report("at any time", sweep.run(sweep.anytime(arguments.seed, arguments.random)))
        tallies = [report(how.value, sweep.run(at(statements, how))) for how in map(How.__getitem__, arguments.how)]
        builds = () if arguments.only else BUILDS
        blind = [build for build in builds if not report(f"the build {build}", sweep.caught(build)).wrong]
    sys.exit(bool(blind or anytime.wrong) or any(tally.wrong or tally.missed for tally in tallies))


if __name__ == "__main__":
    main()
