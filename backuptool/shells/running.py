"""A program while it runs: what it says is read beside, and it ends when the block that wanted it does."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import select
import shlex
import subprocess
from collections.abc import Iterator
from threading import Thread
from typing import IO, Any, Literal

from backuptool.interruption import held, released
from backuptool.shells.guard import tell_of_the_rest

log = logging.getLogger(__name__)
KEPT = 1 << 16  # bytes: the end of a complaint that has no end
Printed = Literal["", "end", "all"]  # nothing, the last 64 KiB, the little that it is
LOOK = 0.2  # s between two looks at a pipe that nothing comes out of


class Running:
    """A process, and what it says on stderr (the last 64 KiB)."""

    def __init__(self, command: Any, *, fed: bool, collected: Printed, **more: Any) -> None:
        log.debug("runs: %s", " ".join(shlex.join(command.formulate()).splitlines()))
        stdin = subprocess.PIPE if fed else subprocess.DEVNULL
        self.process = command.popen(stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        self._complaint = Collected(self.process.stderr)
        self._printed = Collected(self.process.stdout, all_of=collected == "all") if collected else None

    def complaint(self) -> bytes:
        """The end of what it said on stderr; it has ended."""
        return self._complaint.content()

    def printed(self) -> bytes:
        """What was collected of what it printed; it has ended."""
        return self._printed.content() if self._printed else b""

    def end(self) -> None:
        """It runs no more after this, and what was open to it is closed."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # what it did not take, when it ended early
                self.process.stdin.close()
        tell_of_the_rest(self.process, self.complaint())
        self._complaint.close()
        if self._printed:
            self._printed.close()
        self.process.stdout.close()


@contextlib.contextmanager
def running(command: Any, *, fed: bool = False, collected: Printed = "", **more: Any) -> Iterator[Running]:
    """`command`, started; it has ended after this block, whatever ends it, a signal at any place too.

    `fed`: it has an input; `collected`: what of its output is read beside. `more`: for subprocess.Popen.
    """
    with held():
        one = Running(command, fed=fed, collected=collected, **more)
        try:
            with released():
                yield one
        finally:
            one.end()


class Collected:
    """Reads a pipe beside: the last 64 KiB of what comes, or all of it.

    To the end of the program whose it is, not to the pipe's: what that left running on purpose may have it open for
    weeks, and neither a signal nor a limit would end who waits for it.
    """

    def __init__(self, pipe: IO[bytes], *, all_of: bool = False) -> None:
        self._pipe, self._all_of, self._kept = pipe, all_of, bytearray()
        self._ended = False  # no Event: its lock is left taken where a signal is raised in it (see beside.py)
        self._thread = Thread(target=self._collect, daemon=True)
        self._thread.start()

    def content(self) -> bytes:
        """What came of the program, which has ended."""
        self._ended = True
        self._thread.join()
        return bytes(self._kept)

    def close(self) -> None:
        """Close the pipe; the program has ended."""
        self.content()
        self._pipe.close()

    def _collect(self) -> None:
        poll, left = select.poll(), fcntl.fcntl(self._pipe, fcntl.F_GETPIPE_SZ)  # as much as is in it at the end
        poll.register(self._pipe, select.POLLIN)
        while left > 0:
            ended = self._ended  # asked first: whatever it has written is there to be seen then
            if poll.poll(0 if ended else LOOK * 1000):
                if not (chunk := os.read(self._pipe.fileno(), KEPT)):
                    return
                self._kept.extend(chunk)
                if not self._all_of:
                    del self._kept[:-KEPT]
                left -= len(chunk) if ended else 0
            elif ended:
                return
