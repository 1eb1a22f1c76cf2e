"""Whatever happens to one request of an upload; all of it: `python -m integration.campaigns.faults`.

Here the clouds have every third case, by a seed that is printed: all 1500 took a tenth of the whole suite's time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from random import Random

import pytest

from integration.campaigns.faults.cases import CLOUDS, PLAIN, Target, cases
from integration.campaigns.faults.matrix import Tally, run
from integration.campaigns.faults.uploaders import MakeUploader, Naive, by_size, ours


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Without the tool's thousands of warnings about what the proxy does."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def matrix(targets: tuple[Target, ...], make: MakeUploader, kind: str = "") -> Tally:
    """Of all kinds of faults, or those of one `kind`."""
    tally = run([case for case in cases(targets) if kind in case.kind.name], make)
    print(tally)
    return tally


@pytest.mark.timeout(1200)  # a minute where two cores are free
@pytest.mark.parametrize(("targets", "share"), [(PLAIN, 1), (CLOUDS, 3)], ids=["plain", "clouds"])
def test_every_fault_ends_in_identical_content_or_in_a_clean_error(targets: tuple[Target, ...], share: int) -> None:
    some, seed = cases(targets), Random().randrange(1 << 32)
    print(f"seed {seed}")
    tally = run(Random(seed).sample(some, len(some) // share), ours)
    print(tally)
    assert [str(outcome) for outcome in tally.failed] == []
    assert len(tally.fired) >= 500
    assert [outcome.case.name for outcome in tally.outcomes if not outcome.met] == []


def test_the_matrix_catches_an_uploader_that_believes_every_success() -> None:
    """The control: PUT to the final name, again on errors."""
    tally = matrix(PLAIN, Naive)
    problems = [outcome.problem for outcome in tally.failed]
    assert sum("no error, but the content" in problem for problem in problems) >= 9
    assert sum("an error, but something has the final name" in problem for problem in problems) >= 25
    assert sum("it asked elsewhere" in problem for problem in problems) >= 3
    assert len(tally.failed) < len(tally.fired), "it is no control when everything fails"


def test_the_matrix_catches_a_flipped_bit_where_only_the_size_is_compared() -> None:
    """The control for chunks: the tool's own verify = "size", which must be asked for."""
    tally = matrix(PLAIN + CLOUDS, by_size, "flipped")
    wrong = {case.target.name for case in (outcome.case for outcome in tally.failed)}
    # Where no sum is wanted there is no trial: the first chunks are then those of the file.
    assert wrong == {"PUT", "next-CHUNK", "next-PUT", "own-CHUNK", "own-TRIAL"}
