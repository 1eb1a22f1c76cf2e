"""The player of transcripts can fail."""

from __future__ import annotations

import pytest

from integration.transcript import play, steps

GOOD = """
# for the reader
$ printf 'a b\\nc\\n'; cd /
a …
…
$ pwd
/
$ false
exit 1
$ printf 'no newline'
no newline
$ echo said >&2
said
"""


def test_a_session_that_is_as_told_passes() -> None:
    play(["sh"], steps(GOOD))


@pytest.mark.parametrize(
    "told", ["$ echo a\n", "$ echo a\nb\n", "$ true\na\n", "$ false\n", "$ echo a; echo b\na\n", "$ exit 3\n"]
)
def test_what_prints_other_things_or_fails_or_ends_the_shell_is_caught(told: str) -> None:
    with pytest.raises(AssertionError, match="line 1"):
        play(["sh"], steps(told))
