"""Hanging up when the time of an operation is over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from backuptool.interruption import unsignalled
from backuptool.stores.webdav.limits import Deadline


@contextmanager
def in_time(deadline: Deadline, hang_up: Callable[[], None]) -> Iterator[None]:
    """Call `hang_up` at the `deadline`, whatever is waited for in this block.

    The libraries give each piece of a head, of a chunk's length or of a trailer a time of its own, and a server may
    send them in drops.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(deadline.left):
            if not deadline.left:  # a block has its time anew
                hang_up()
                return

    watching = threading.Thread(target=watch, daemon=True)
    with unsignalled():
        watching.start()
    try:
        yield
    finally:
        over.set()
