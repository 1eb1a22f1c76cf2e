"""Bytes out of a command, bytes into it; its complaints kept apart, and it ends when its reader does."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
from collections.abc import Callable, Generator, Iterable, Iterator
from threading import Thread
from typing import IO, Any

from backuptool.errors import CommandFailed

CHUNK = 1 << 20  # what is there is taken at once: 1.22 of the floor, waiting for full chunks 1.5
PIPE = 1 << 20  # bytes the kernel may hold for us; the default of 64 KiB stops pg_dump while we compress
KEPT = 1 << 16
NOT_FOUND = (126, 127)


def read(command: Any) -> Generator[bytes, None, None]:
    """What `command` prints, as it comes, in chunks of up to 1 MiB. Raises CommandFailed when it ends with another code
    than 0; a reader that stops early ends it."""
    process = command.popen(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with process.stdout, _running(process) as complaint:
        out = process.stdout.fileno()
        _grow(out)
        while chunk := os.read(out, CHUNK):
            yield chunk
        _check(command, process.wait(), complaint)


def feed(command: Any, chunks: Iterable[bytes]) -> bytes:
    """Give `chunks` to `command`; returns the little that it prints. Raises CommandFailed.

    When the chunks fail, the command is killed before its input ends: to psql -1 the end means commit.
    """
    process = command.popen(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with _collected(process.stdout, all_of=True) as printed, _running(process) as complaint:
        _grow(process.stdin.fileno())
        with contextlib.suppress(BrokenPipeError):  # it ended early: its exit code and complaint say why
            for chunk in chunks:
                process.stdin.write(chunk)
            process.stdin.close()
        _check(command, process.wait(), complaint)
        return printed()


def output(command: Any, stdin: bytes = b"") -> bytes:
    """What a command prints that prints little. Raises CommandFailed."""
    return feed(command, (stdin,))


@contextlib.contextmanager
def _running(process: Any) -> Iterator[Callable[[], bytes]]:
    """A process that ends with this block, whatever ends it; gives the end of what it says on stderr."""
    with _collected(process.stderr) as complaint:
        try:
            yield complaint
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdin is not None:
                with contextlib.suppress(BrokenPipeError):  # what it did not take, when it ended early
                    process.stdin.close()


@contextlib.contextmanager
def _collected(pipe: IO[bytes], *, all_of: bool = False) -> Iterator[Callable[[], bytes]]:
    """Read a pipe beside; the function waits for its end and gives what came (the last 64 KiB, or all)."""
    kept = bytearray()

    def collect() -> None:
        while chunk := os.read(pipe.fileno(), KEPT):
            kept.extend(chunk)
            if not all_of:
                del kept[:-KEPT]

    thread = Thread(target=collect, daemon=True)
    thread.start()

    def content() -> bytes:
        thread.join()
        return bytes(kept)

    try:
        yield content
    finally:
        thread.join()
        pipe.close()


def _grow(pipe: int) -> None:
    with contextlib.suppress(OSError):  # a user over /proc/sys/fs/pipe-user-pages-soft keeps the small pipe
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def _check(command: Any, code: int, complaint: Callable[[], bytes]) -> None:
    if code == 0:
        return
    said = complaint().decode(errors="replace").strip()
    last = said.splitlines()[-1] if said else ""
    if code in NOT_FOUND and command.program in last:
        reason, hint = f"{command.program}: not found in {command.place}", "install it there, or set the shell's path"
    else:
        ended = f"ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        reason, hint = last or f"{command.program} {ended}", ""
    raise CommandFailed(reason, returncode=code, stderr=said, hint=hint)
