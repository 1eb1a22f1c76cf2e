"""What an error names ends no line and commands no terminal."""

from __future__ import annotations

from backuptool.errors import BackuptoolError, Mistakes


def test_an_error_is_one_line_and_its_hint_another_whatever_they_name() -> None:
    error = BackuptoolError("the database a\nall is well\x1b[2J", hint="--into 'a\nb'")
    assert (error.message, error.hint) == (r"the database a\nall is well\x1b[2J", r"--into 'a\nb'")
    assert str(error) == error.message


def test_several_mistakes_are_a_line_each() -> None:
    error = Mistakes(["a\nb", "c"], hint="look")
    assert str(error) == error.message == "a\\nb\nc"
