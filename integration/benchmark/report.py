"""The numbers as a table that fits 80 columns, the targets beside them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from integration.benchmark.measure import Cost

WALL = 1.3  # times pg_dump to /dev/null, a 1 GB dump on 2 cores
MEMORY = 100  # MiB, at any size
DISK = 1.1  # times the bundle
MIB, GB = 1 << 20, 10**9


@dataclass(frozen=True, slots=True)
class Series:
    """What one command cost, round by round: `dump` and `bundles` are sizes in bytes."""

    name: str
    dump: int
    costs: list[Cost] = field(default_factory=list)
    bundles: list[int] = field(default_factory=list)

    def ratios(self, floor: Series) -> list[float]:
        """The wall time of each round against the floor's in the same round."""
        return [own.wall / other.wall for own, other in zip(self.costs, floor.costs, strict=True)]

    def median(self, what: Callable[[Cost], float]) -> float:
        """The median over the rounds."""
        return median(map(what, self.costs))

    @property
    def memory(self) -> float:
        """The most that it held in any round, in MiB."""
        return max(cost.memory for cost in self.costs) / MIB

    @property
    def disk(self) -> float:
        """The most temporary disk of any round, as a multiple of the bundle."""
        return max(cost.disk / size for cost, size in zip(self.costs, self.bundles, strict=True))


def table(floor: Series, timed: Sequence[Series]) -> Iterator[str]:
    """What the commands cost, line by line."""
    rounds = len(floor.costs)
    yield f"{f'median of {rounds} round' + 's' * (rounds > 1):24} wall s   CPU s  server's  others'  x wall (range)"
    for series in (floor, *timed):
        ratios = series.ratios(floor)
        span = "" if series is floor else f" ({min(ratios):.2f}-{max(ratios):.2f})"
        yield (
            f"{series.name:24}{series.median(lambda cost: cost.wall):7.2f}{series.median(lambda cost: cost.cpu):8.2f}"
            f"{series.median(lambda cost: cost.server_cpu):10.2f}{series.median(_busy):8.0%}{median(ratios):8.2f}{span}"
        )


def targets(floor: Series, timed: Sequence[Series], smaller: Sequence[Series]) -> Iterator[str]:
    """What was asked for, line by line. `timed`: the pipeline first; `smaller`: the pipeline on smaller dumps."""
    pipeline, of_all = timed[0], (*smaller, *timed)
    sizes = " / ".join(f"{series.dump / GB:.2g}" for series in (*smaller, pipeline))
    memory = " / ".join(f"{series.memory:.0f}" for series in (*smaller, pipeline))
    yield f"{'target':48}{'measured':>16}{'at most':>9}"
    yield _target("wall time, x pg_dump > /dev/null", f"{(wall := median(pipeline.ratios(floor))):.2f}", wall, WALL)
    yield _target(f"peak memory, MiB: {sizes} GB", memory, max(series.memory for series in of_all), MEMORY)
    yield _target("peak temporary disk, x the bundle", f"{(disk := max(one.disk for one in of_all)):.2f}", disk, DISK)


def _busy(cost: Cost) -> float:
    """The share of the machine that others had meanwhile: above some per cent, measure again."""
    return cost.others_cpu / cost.wall / (os.cpu_count() or 1)


def _target(what: str, shown: str, value: float, most: float) -> str:
    return f"{what:48}{shown:>16}{most:9g} {'met' if value <= most else 'missed'}"
