"""How long, as people write it in a configuration."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from backuptool.config.duration import Duration, in_words

DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("45m", 2700), ("26h", 93600), ("3d", 259200)])
def test_a_number_with_its_unit_is_a_duration_and_is_said_in_the_same_way(text: str, seconds: int) -> None:
    assert DURATION.validate_python(text) == timedelta(seconds=seconds)
    assert in_words(timedelta(seconds=seconds)) == text


def test_weeks_are_said_as_days() -> None:
    assert in_words(DURATION.validate_python("2w")) == "14d"


@pytest.mark.parametrize("value", ["", "3", "3 d", "-3d", "3x", "3D", "0h", "1.5h", 3, True, None, "9999999999w"])
def test_anything_else_is_refused_with_an_example(value: Any) -> None:
    with pytest.raises(ValidationError, match=r'must be a number above 0 and s, m, h, d or w: "26h"'):
        DURATION.validate_python(value)
