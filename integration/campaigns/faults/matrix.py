"""Runs cases and judges how each ended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from backuptool.errors import StoreError
from integration.campaigns.faults.cases import Case
from integration.campaigns.faults.ground import Ground
from integration.campaigns.faults.uploaders import MakeUploader
from tests.contracts.store import LEFTOVER, NAME, OTHERS
from tests.stores.faults import status
from tests.stores.places import Folder

NEXT = NAME.replace("23T", "24T")
OLDER = LEFTOVER.replace("22T", "21T")
FOREIGN = {"notes.txt", OTHERS}


@dataclass(frozen=True)
class Outcome:
    """How one case ended: `met` times the fault happened; `problem` is empty when all is well."""

    case: Case
    met: int
    problem: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.case.name}: {self.problem or 'clean'} ({self.met} times, {self.seconds:.1f} s)"


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


def run(every: Iterable[Case], grounds: dict[str, list[Ground]], make: MakeUploader, bundle: Path) -> Tally:
    """Each case on a ground of its kind; as many at once as there are grounds of that kind."""
    begin = time.monotonic()
    tally = Tally()
    free: dict[str, SimpleQueue[Ground]] = {name: SimpleQueue() for name in grounds}
    for name, some in grounds.items():
        for ground in some:
            free[name].put(ground)

    def one(case: Case) -> Outcome:
        ground = free[case.target.ground].get()
        try:
            return attempt(case, ground, make, bundle)
        finally:
            free[case.target.ground].put(ground)

    with ThreadPoolExecutor(sum(map(len, grounds.values()))) as pool:
        tally.outcomes += pool.map(one, every)
    tally.seconds = time.monotonic() - begin
    return tally


def attempt(case: Case, ground: Ground, make: MakeUploader, bundle: Path) -> Outcome:
    """One put with the fault, judged; after faults of DELETE a healthy one must clean up."""
    begin = time.monotonic()
    url, place = ground.collection()
    uploader = make(url)
    if case.target.method != "MKCOL":
        for name in (*FOREIGN, *((LEFTOVER, OLDER) if case.target.method == "DELETE" else ())):
            place.write(name, b"half")
    asked = len(ground.elsewhere.asked)
    fault = case.kind.make(ground.elsewhere.url)
    if case.is_provoked:
        ground.proxy.on(case.target.method, status(503), part=case.target.part)
    rule = ground.proxy.on(
        case.target.method,
        fault,
        case.when.times,
        case.target.part,
        passing=0 if case.is_provoked else case.when.passing,
    )
    failure: Exception | None = None
    try:
        uploader.put(bundle, NAME)
    except Exception as error:  # noqa: BLE001 # anything but a StoreError is a failed case, not the matrix's end
        failure = error
    ground.proxy.forget()
    before = place.names() - FOREIGN
    if case.target.method == "DELETE":
        uploader.put(bundle, NEXT)
    problems = [
        *_said(case, failure),
        *_stored(place, bundle, before, failure),
        *(["foreign files are gone"] if case.target.method != "MKCOL" and not place.names() >= FOREIGN else []),
        *(["it asked elsewhere"] if len(ground.elsewhere.asked) > asked else []),
    ]
    return Outcome(case, rule.met, "; ".join(problems), time.monotonic() - begin)


def _said(case: Case, failure: Exception | None) -> list[str]:
    if failure is None:
        return []
    if not isinstance(failure, StoreError):
        return [f"{type(failure).__name__}: {failure}"]
    found = []
    if "\n" in failure.message or not failure.hint:
        found.append(f"the error is not one line with a hint: {failure.message!r}")
    if case.must_pass:
        found.append(f"a fault that passes by itself was not overcome: {failure.message}")
    return found


def _stored(place: Folder, bundle: Path, before: set[str], failure: Exception | None) -> list[str]:
    """The final name: identical content or nothing. Leftovers: none, the last put's either."""
    after = place.names() - FOREIGN - {NAME, NEXT}
    found = [f"left: {', '.join(sorted(after))}"] if after else []
    if failure is not None and NAME in before:
        found.append("an error, but something has the final name")
    if failure is None and (NAME not in before or (place.path / NAME).read_bytes() != bundle.read_bytes()):
        found.append("no error, but the content is another or missing")
    return found
