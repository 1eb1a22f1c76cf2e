"""A program while it runs: what it says is read beside, and it ends when the block that wanted it does."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import subprocess
from collections.abc import Iterator
from threading import Thread
from typing import IO, Any

from backuptool.interruption import held, released

log = logging.getLogger(__name__)
KEPT = 1 << 16  # bytes: the end of a complaint that has no end


class Running:
    """A process, and what it says on stderr (the last 64 KiB)."""

    def __init__(self, command: Any, *, fed: bool, collected: bool, **more: Any) -> None:
        log.debug("runs: %s", " ".join(shlex.join(command.formulate()).splitlines()))
        stdin = subprocess.PIPE if fed else subprocess.DEVNULL
        self.process = command.popen(stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        self._complaint = Collected(self.process.stderr)
        self._printed = Collected(self.process.stdout, all_of=True) if collected else None

    def complaint(self) -> bytes:
        """The end of what it said on stderr; waits for that."""
        return self._complaint.content()

    def printed(self) -> bytes:
        """All that was collected of what it printed; waits for that."""
        return self._printed.content() if self._printed else b""

    def end(self) -> None:
        """It runs no more after this, and what was open to it is closed."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # what it did not take, when it ended early
                self.process.stdin.close()
        self._complaint.close()
        if self._printed:
            self._printed.close()
        self.process.stdout.close()


@contextlib.contextmanager
def running(command: Any, *, fed: bool = False, collected: bool = False, **more: Any) -> Iterator[Running]:
    """`command`, started; it has ended after this block, whatever ends it, a signal at any place too.

    `fed`: it has an input; `collected`: the little that it prints is read beside. `more`: for subprocess.Popen.
    """
    with held():
        one = Running(command, fed=fed, collected=collected, **more)
        try:
            with released():
                yield one
        finally:
            one.end()


class Collected:
    """Reads a pipe beside: the last 64 KiB of what comes, or all of it."""

    def __init__(self, pipe: IO[bytes], *, all_of: bool = False) -> None:
        self._pipe, self._all_of, self._kept = pipe, all_of, bytearray()
        self._thread = Thread(target=self._collect, daemon=True)
        self._thread.start()

    def content(self) -> bytes:
        """What came, once all has."""
        self._thread.join()
        return bytes(self._kept)

    def close(self) -> None:
        """Wait for the end of the pipe, and close it."""
        self._thread.join()
        self._pipe.close()

    def _collect(self) -> None:
        while chunk := os.read(self._pipe.fileno(), KEPT):
            self._kept.extend(chunk)
            if not self._all_of:
                del self._kept[:-KEPT]
