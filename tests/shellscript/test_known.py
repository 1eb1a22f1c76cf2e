"""What is read of a script, held against what bash makes of it: the texts stand in the files beside this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shellscript import (
    test_conditions,
    test_declared,
    test_defaults,
    test_functions,
    test_local,
    test_parts_of_values,
    test_values,
)
from tests.shellscript.reading import doubt_of_x, in_bash, value_of_x

STATIC = [
    *test_conditions.STATIC, *test_declared.STATIC, *test_defaults.STATIC, *test_functions.STATIC,
    *test_local.STATIC, *test_parts_of_values.STATIC, *test_values.STATIC,
]  # fmt: skip
UNCLEAR = [
    *test_conditions.UNCLEAR, *test_declared.UNCLEAR, *test_defaults.UNCLEAR, *test_functions.UNCLEAR,
    *test_local.UNCLEAR, *test_parts_of_values.UNCLEAR, *test_values.UNCLEAR,
]  # fmt: skip


@pytest.mark.parametrize("text", STATIC)
def test_what_can_be_known_is_what_bash_makes_of_it(tmp_path: Path, text: str) -> None:
    assert value_of_x(tmp_path, text) == in_bash(tmp_path, text)


@pytest.mark.parametrize(("text", "why", "line"), UNCLEAR)
def test_what_cannot_be_known_is_said_with_its_line(tmp_path: Path, text: str, why: str, line: int) -> None:
    assert doubt_of_x(tmp_path, text) == (why, line)
