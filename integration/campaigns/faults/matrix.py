"""Runs cases, several at once, and counts how they ended."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from random import Random

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from integration.campaigns.faults.attempt import Attempt, Outcome
from integration.campaigns.faults.cases import Case
from integration.campaigns.faults.ground import Ground, several
from integration.campaigns.faults.uploaders import MakeUploader

AT_ONCE = 6  # some of the time is spent waiting for limits to pass
SIZE = 270_000  # two blocks of a PUT, three chunks
_END = "-----END CERTIFICATE-----\n"


@dataclass
class Tally:
    """All of them."""

    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0

    @property
    def fired(self) -> list[Outcome]:
        """The cases whose fault happened; the others prove nothing."""
        return [outcome for outcome in self.outcomes if outcome.met]

    @property
    def failed(self) -> list[Outcome]:
        """Of those that fired, the ones that did not end as they must."""
        return [outcome for outcome in self.fired if outcome.problem]

    def __str__(self) -> str:
        idle = [outcome.case for outcome in self.outcomes if not outcome.met]
        groups = Counter((case.target.name, case.when.name) for case in idle)
        lines = [f"{len(self.fired)} cases fired in {self.seconds:.0f} s, {len(self.failed)} failed"]
        for (name, when), count in sorted(groups.items()):
            lines.append(f"  never fired: {name} {when} ({count} cases): a put sends no such request")
        lines += [f"  failed: {outcome}" for outcome in self.failed]
        return "\n".join(lines)


def run(every: Iterable[Case], make: MakeUploader) -> Tally:
    """Each case on a ground of its kind, several at once."""
    begin = time.monotonic()
    tally = Tally()
    for kind, some in groupby(sorted(every, key=_kind), _kind):
        with tempfile.TemporaryDirectory() as folder, several(kind, Path(folder), AT_ONCE) as grounds:
            tally.outcomes += _run(list(some), grounds, make, prepared(Path(folder)))
    tally.seconds = time.monotonic() - begin
    return tally


def prepared(folder: Path) -> Path:
    """The bundle, and beside it the certificate of one CA."""
    (folder / "ca.pem").write_text(Path(DEFAULT_CA_BUNDLE_PATH).read_text(encoding="utf-8").partition(_END)[0] + _END)
    (folder / "bundle").write_bytes(Random(SIZE).randbytes(SIZE))
    return folder / "bundle"


def _kind(case: Case) -> str:
    return case.target.ground


def _run(some: list[Case], grounds: list[Ground], make: MakeUploader, bundle: Path) -> list[Outcome]:
    free: SimpleQueue[Ground] = SimpleQueue()
    for ground in grounds:
        free.put(ground)

    def one(case: Case) -> Outcome:
        ground = free.get()
        try:
            return Attempt(case, ground, make, bundle).run()
        finally:
            free.put(ground)

    with ThreadPoolExecutor(len(grounds)) as pool:
        return list(pool.map(one, some))
