"""Whatever happens to one request of an upload; by hand: `python -m integration.campaigns.faults`."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from integration.campaigns.faults import prepared
from integration.campaigns.faults.cases import cases
from integration.campaigns.faults.matrix import Tally, run
from integration.campaigns.faults.uploaders import MakeUploader, Naive, ours


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Without the tool's thousands of warnings about what the proxy does."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def matrix(make: MakeUploader) -> Tally:
    with prepared() as (bundle, grounds):
        tally = run(cases(), grounds, make, bundle)
    print(tally)
    return tally


def test_every_fault_ends_in_identical_content_or_in_a_clean_error() -> None:
    tally = matrix(ours)
    assert [str(outcome) for outcome in tally.failed] == []
    assert len(tally.fired) >= 500


def test_the_matrix_catches_an_uploader_that_believes_every_success() -> None:
    """The control: PUT to the final name, again on errors."""
    tally = matrix(Naive)
    problems = [outcome.problem for outcome in tally.failed]
    assert sum("no error, but the content" in problem for problem in problems) >= 9
    assert sum("an error, but something has the final name" in problem for problem in problems) >= 25
    assert sum("it asked elsewhere" in problem for problem in problems) >= 3
    assert len(tally.failed) < len(tally.fired), "it is no control when everything fails"
