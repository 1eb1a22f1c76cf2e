"""What others named is shown, and commands nothing."""

from __future__ import annotations

import pytest

from backuptool.printable import on_one_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jall is well", r"\x1b[2Jall is well"),
        ("a\rb\x00\x7f\x9b1m", r"a\rb\x00\x7f\x9b1m"),
        ("\u202etar.\u2066\u2028", r"\u202etar.\u2066\u2028"),
        ("Über Uns \u00a0 → \U0001f418 \udcff", "Über Uns \u00a0 → \U0001f418 \udcff"),
    ],
)
def test_what_would_command_a_terminal_is_its_number(text: str, shown: str) -> None:
    assert (printable(text), on_one_line(text)) == (shown, shown)


def test_line_ends_and_tabs_are_numbers_only_within_a_line() -> None:
    assert printable("two\n\tlines") == "two\n\tlines"
    assert on_one_line("two\n\tlines") == r"two\n\tlines"
