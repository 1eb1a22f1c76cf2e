"""What every shell keeps: exact argv, exact bytes, exit codes, clear errors, and nothing left running."""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from backuptool.errors import CommandFailed, SourceError
from backuptool.shells import Shell
from backuptool.shells.stream import feed, output, read

ODD = [
    "plain", "two words", "", "it's", '"quoted"', "new\nline", "trailing\n", "tab\t", "ünï → ☃", "$HOME", "`id`",
    "$(id)",     "back\\slash", "*", "~", "-n", "--", "a=b", ";", "&&", "#", "!",
]  # fmt: skip
HOLD = """
from backuptool.shells.stream import read
for chunk in read(shell.command("env", "VICTIM={victim}", "sh", "-c", "echo x; exec sleep 600")): pass
"""
SIZE = 8 << 20
IMPORTS = """
from backuptool.shells.compose import Compose
from backuptool.shells.container import Container
from backuptool.shells.local import Local
from backuptool.shells.ssh import Ssh
"""
COUNT = 'n=0; for p in /proc/[0-9]*; do if grep -qsF "VICTIM=$1" "$p/environ"; then n=$((n+1)); fi; done; echo $n'


def noise() -> Iterator[bytes]:
    """8 MiB with every byte value, never the same chunk twice."""
    seed = bytes(range(256)) * 16
    for number in range(SIZE // len(seed)):
        yield hashlib.sha256(number.to_bytes(4, "big")).digest() + seed[32:]


class ShellContract:
    """Subclasses give two fixtures: `shell`, and `construct`, the expression that makes the same shell elsewhere."""

    def running(self, shell: Shell, victim: str) -> int:
        """How many processes there carry VICTIM=victim in their environment."""
        return int(output(shell.command("sh", "-c", COUNT, "sh", victim)))

    def wait_for(self, shell: Shell, victim: str, *, some: bool) -> None:
        deadline = time.monotonic() + 300  # of a machine that does other things too
        while (self.running(shell, victim) > 0) != some:
            assert time.monotonic() < deadline, f"processes there: {self.running(shell, victim)}"

    @pytest.fixture
    def victim(self) -> str:
        return secrets.token_hex(8)

    def test_arguments_arrive_exactly_as_they_are(self, shell: Shell) -> None:
        got = output(shell.command("printf", "%s\\0", *ODD))
        assert got.decode().split("\0")[:-1] == ODD

    def test_megabytes_come_out_unchanged(self, shell: Shell) -> None:
        expected = hashlib.sha256(b"".join(noise())).hexdigest()
        got = hashlib.sha256()
        for chunk in read(
            shell.command("sh", "-c", "head -c 8388608 /dev/zero | tr '\\0' '\\n'; printf '\\r\\n\\0\\377'")
        ):
            got.update(chunk)
        assert got.hexdigest() == hashlib.sha256(b"\n" * SIZE + b"\r\n\0\xff").hexdigest()
        assert output(shell.command("sha256sum"), b"".join(noise())).decode().split()[0] == expected

    def test_megabytes_go_in_and_come_back_unchanged(self, shell: Shell) -> None:
        assert feed(shell.command("cat"), noise()) == b"".join(noise())

    def test_the_exit_code_and_what_it_says_on_stderr_are_kept_apart_from_stdout(self, shell: Shell) -> None:
        chunks = read(shell.command("sh", "-c", "echo out; echo first >&2; echo last >&2; exit 7"))
        assert next(chunks) == b"out\n"
        with pytest.raises(CommandFailed) as caught:
            next(chunks)
        assert (caught.value.returncode, caught.value.message) == (7, "last")
        assert caught.value.stderr == "first\nlast"

    def test_much_on_stderr_stops_nothing(self, shell: Shell) -> None:
        assert output(shell.command("sh", "-c", "head -c 3000000 /dev/zero >&2; echo done")) == b"done\n"

    def test_a_missing_program_is_a_clear_error(self, shell: Shell) -> None:
        with pytest.raises(SourceError, match="no-such-program: not found") as caught:
            output(shell.command("no-such-program", "--secret"))
        assert caught.value.hint
        assert "--secret" not in caught.value.message

    def test_a_command_that_ends_before_it_read_everything_says_why(self, shell: Shell) -> None:
        with pytest.raises(CommandFailed, match="enough"):
            feed(shell.command("sh", "-c", "head -c 10 >/dev/null; echo enough >&2; exit 3"), noise())

    def test_input_that_fails_kills_the_command_before_its_input_ends(self, shell: Shell, victim: str) -> None:
        def failing() -> Iterator[bytes]:
            yield b"some"
            self.wait_for(shell, victim, some=True)
            raise ValueError("no more")

        with pytest.raises(ValueError, match="no more"):
            feed(shell.command("env", f"VICTIM={victim}", "sh", "-c", "cat >/dev/null; exec sleep 600"), failing())
        assert self.running(shell, victim) == 0

    def test_a_reader_that_stops_early_leaves_nothing_running(self, shell: Shell, victim: str) -> None:
        chunks = read(shell.command("env", f"VICTIM={victim}", "sh", "-c", "while :; do echo x; done"))
        assert next(iter(chunks))
        assert self.running(shell, victim) > 0
        chunks.close()
        assert self.running(shell, victim) == 0

    def test_a_silent_command_whose_client_is_killed_leaves_nothing_running(self, shell: Shell, victim: str) -> None:
        process = shell.command("env", f"VICTIM={victim}", "sleep", "600").popen(stdin=subprocess.DEVNULL)
        self.wait_for(shell, victim, some=True)
        process.kill()
        process.wait()
        self.wait_for(shell, victim, some=False)
        process.stdout.close()
        process.stderr.close()

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
    def test_when_the_tool_is_killed_nothing_keeps_running(
        self, shell: Shell, construct: str, victim: str, number: int
    ) -> None:
        tool = [
            sys.executable, "-c",
            f"{construct}\n{HOLD.format(victim=victim)}",
        ]  # fmt: skip
        with subprocess.Popen(tool, env=os.environ.copy()) as process:
            self.wait_for(shell, victim, some=True)
            process.send_signal(number)
        self.wait_for(shell, victim, some=False)

    def test_plumbum_pipes_and_redirections_work_on_top(self, shell: Shell) -> None:
        pipe = shell.command("printf", "b\\na\\n") | shell.command("sort")
        process = pipe.popen()
        out, _ = process.communicate()
        assert out == b"a\nb\n"
