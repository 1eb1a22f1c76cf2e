"""Bytes out of a command, bytes into it; its complaints kept apart, and it ends when its reader does."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import select
from collections.abc import Generator, Iterable, Iterator
from threading import Thread
from typing import Any

from backuptool.ended import ended
from backuptool.errors import CommandFailed, StoodStill
from backuptool.interruption import held
from backuptool.shells.complaint import absent, from_a_message, reason, showable, warnings
from backuptool.shells.guard import LOST, NEVER_THERE
from backuptool.shells.running import KEPT, Printed, Running, running

log = logging.getLogger(__name__)
# pg_dump writes blocks of 4 KiB, and most reads find 8 to 16 KiB; handed on as they are, a GB takes 1.1 CPU s more to
# compress. Of 64 KiB to 1 MiB this measured best; gathered in one buffer, because a new one of 1 MiB for each read
# costs another 0.4 CPU s in page faults.
CHUNK = 1 << 17
PIPE = 1 << 20  # bytes the kernel may hold for us; the default of 64 KiB stops pg_dump while we compress
# Seconds in which a program neither prints nor takes a byte before it is ended. pg_dump prints while it reads: an hour
# without a row is a table of a terabyte that has only dead ones, or a paused container, a lost disk, a dead network.
STALL = 3600.0
# psql takes nothing while it builds an index or commits, and a backup script prints nothing: hours, never a day.
DAY = 86400.0
AGAIN = 1.0  # s; a signal that comes just before a wait does not end it, and is raised after it
NOT_FOUND = (126, 127)
INSTALL = "install it there, or set the shell's path; a script that is there lacks the program in its first line"


def read(command: Any, stall: float = STALL) -> Generator[bytes, None, None]:
    """What `command` prints, in chunks of 128 to 256 KiB but for the last; a reader that stops early ends it.

    Raises CommandFailed when it ends with another code than 0, StoodStill when nothing came for `stall` seconds.
    """
    with running(command) as one:
        pipe = one.process.stdout.fileno()
        _grow(pipe)
        yield from _gathered(command, pipe, stall)
        _check(command, _ended(command, one, stall), one)


def _gathered(command: Any, pipe: int, stall: float) -> Iterator[bytes]:
    """All that comes out of a pipe."""
    buffer, filled = memoryview(bytearray(2 * CHUNK)), 0
    while _ready(command, pipe, select.POLLIN, stall) and (taken := os.readv(pipe, [buffer[filled:]])):
        filled += taken
        if filled >= CHUNK:
            yield bytes(buffer[:filled])
            filled = 0
    if filled:
        yield bytes(buffer[:filled])


def feed(command: Any, chunks: Iterable[bytes], stall: float = STALL, *, collected: Printed = "all") -> bytes:
    """Give `chunks` to `command`; returns the little that it prints, or only the end of what may be much.

    When the chunks fail, the command is killed before its input ends: to psql -1 the end means commit.
    Raises CommandFailed, and StoodStill when it took nothing, or did not end, for `stall` seconds.
    """
    with running(command, fed=True, collected=collected) as one:
        pipe = one.process.stdin.fileno()
        _grow(pipe)
        with contextlib.suppress(BrokenPipeError):  # it ended early: its exit code and complaint say why
            for chunk in chunks:
                _give(command, pipe, chunk, stall)
            one.process.stdin.close()
        _check(command, _ended(command, one, stall), one)
        return one.printed()


def output(command: Any, stdin: bytes = b"", stall: float = STALL) -> bytes:
    """What a command prints that prints little. Raises CommandFailed, and StoodStill as `feed`."""
    return feed(command, (stdin,), stall)


def run(command: Any, stall: float = STALL) -> None:
    """Run a command whatever and however much it prints. Raises as `output`."""
    feed(command, (), stall, collected="end")


def through(command: Any, chunks: Iterable[bytes], stall: float = STALL, **more: Any) -> Generator[bytes, None, None]:
    """What `command` prints while it is given `chunks`, which come from another thread. `more`: for subprocess.Popen.

    Raises CommandFailed, StoodStill as `read`, and what the chunks raise; a reader that stops early ends it all.
    """
    failed: list[BaseException] = []

    def give(pipe: Any) -> None:
        try:
            with pipe:
                for chunk in chunks:
                    _give(command, pipe.fileno(), chunk, stall)
        except BrokenPipeError:  # it ended early: its exit code and complaint say why
            return
        except BaseException as failure:  # noqa: BLE001 - it is raised where the output is read
            failed.append(failure)
            one.process.kill()  # before its input ends: what it has made of half of it is not the end

    giver = Thread(target=lambda: give(one.process.stdin), daemon=True)
    try:
        with running(command, fed=True, **more) as one:
            with held():
                giver.start()
            yield from _gathered(command, one.process.stdout.fileno(), stall)
            giver.join()
            code = _ended(command, one, stall)
            if failed:
                raise failed[0]
            _check(command, code, one)
    finally:
        if giver.ident is not None:  # it was started; its pipe is closed by now
            giver.join()


def _give(command: Any, pipe: int, chunk: bytes, stall: float) -> None:
    """Write all of `chunk`; only as much at a time as is taken, so that waiting can end."""
    os.set_blocking(pipe, False)
    rest = memoryview(chunk)
    while rest:
        _ready(command, pipe, select.POLLOUT, stall)
        with contextlib.suppress(BlockingIOError):  # less than a page of room
            rest = rest[os.write(pipe, rest) :]


def _ready(command: Any, pipe: int, event: int, stall: float) -> bool:
    poll, left = select.poll(), stall
    poll.register(pipe, event)
    while not poll.poll(min(left, AGAIN) * 1000):
        left -= AGAIN
        if left <= 0:
            raise _stalled(command, stall)
    return True


def _ended(command: Any, one: Running, stall: float) -> int:
    code = ended(one.process, stall)
    if code is None:
        raise _stalled(command, stall)
    return code


def _stalled(command: Any, stall: float) -> StoodStill:
    limit = f"{stall / 3600:g} h" if stall >= 3600 else f"{stall:g} s"
    return StoodStill(
        f"{command.program} in {command.place} stood still for {limit}, and was ended",
        hint="is the container paused, the server waiting for a lock or a disk, the connection dead? then run it again",
    )


def _grow(pipe: int) -> None:
    with contextlib.suppress(OSError):  # a user over /proc/sys/fs/pipe-user-pages-soft keeps the small pipe
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def _check(command: Any, code: int, one: Running) -> None:
    kept = one.complaint()
    said = kept.decode(errors="replace").strip()
    shown = from_a_message(said) if len(kept) == KEPT else said
    for line in showable(shown):
        log.debug("%s: %s", command.program, line)
    if code == 0:
        for line in warnings(shown):
            log.warning("%s", line)
        return
    told = reason(shown)
    if code in NOT_FOUND and (missing := absent(told)):
        told, hint = f"{missing}: not found in {command.place}", INSTALL
    elif code == LOST and NEVER_THERE.search(kept):
        hint = "`ssh HOST true` must work for this user without asking anything; ~/.ssh/config says how"
    else:
        ended = f"ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        told, hint = told or f"{command.program} {ended}", ""
    raise CommandFailed(told, returncode=code, stderr=said, hint=hint)
