"""A question to a person ends when a signal comes, whenever that is."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys

import pytest

# The signal comes to another thread: Python knows of it, and the read(2) of this one goes on. So it is where a signal
# comes after Python has looked for one and before it reads.
ASKS = """
import signal, sys, threading
from backuptool.cli.questions import ask, ask_secret
from backuptool.errors import Interrupted
from backuptool.interruption import listen

listen()
threading.Thread(target=threading.Event().wait, daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
try:
    {"ask": ask, "ask_secret": ask_secret}[sys.argv[1]]("Name")
except Interrupted as signalled:
    sys.exit(signalled.exit_code)
"""


@pytest.mark.parametrize("question", ["ask", "ask_secret"])
def test_a_signal_just_before_the_read_is_heeded_without_another_key(question: str) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", ASKS, question])  # noqa: S606 - the child of pty.fork
    said = b""
    try:
        while b": " not in said:
            said += os.read(terminal, 4096)
        os.kill(pid, signal.SIGINT)
        ended = os.pidfd_open(pid)
        assert select.select([ended], [], [], 30)[0], "it still waits for a key"
        os.close(ended)
    finally:
        os.kill(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(terminal)
    assert code == 128 + signal.SIGINT, said.decode()
