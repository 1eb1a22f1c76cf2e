"""Plays a terminal session that a file tells, in one shell, and compares what is printed.

A line `$ command` is run; the lines below it, up to the next one, are what it must print: `…` in a line stands for
anything, a line `…` for any lines. Lines that begin with `#` are for the reader.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A command and what it must print; `line`: where it stands."""

    line: int
    command: str
    expected: tuple[str, ...]

    def matches(self, printed: str) -> bool:
        """Whether that is what it printed."""
        pattern = "".join(
            "(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + "\n" for line in self.expected
        )
        return re.fullmatch(pattern, printed) is not None


def steps(text: str) -> Iterator[Step]:
    """The steps of a session."""
    command, begin = "", 0
    expected: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("$ "):
            if command:
                yield Step(begin, command, tuple(expected))
            command, begin, expected = line[2:], number, []
        elif command and line and not line.startswith("#"):
            expected.append(line)
    if command:
        yield Step(begin, command, tuple(expected))


END = "--- end of a step:"


def play(shell: Sequence[str], session: Iterator[Step]) -> None:
    """Run the steps in one `shell`, which reads commands from its input. AssertionError where one prints other things.

    A command that fails is told by what it prints: `exit …` is put behind it then.
    """
    with subprocess.Popen(shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write("exec 2>&1\n")
        for step in session:
            # One write: where the command ends the shell, nobody would read a second one.
            running.stdin.write(f"{{ {step.command}\n}} < /dev/null\nprintf '\\n{END} %d\\n' $?\n")
            running.stdin.flush()
            printed, code = "", "and the shell ended"
            for line in running.stdout:
                if line.startswith(END):
                    code = line.rpartition(" ")[2].strip()
                    break
                printed += line
            printed = printed.removesuffix("\n")
            printed += "" if printed.endswith("\n") or not printed else "\n"
            shown = printed + ("" if code == "0" else f"exit {code}\n")
            assert step.matches(shown), f"line {step.line}: $ {step.command}\nprinted:\n{shown}"
