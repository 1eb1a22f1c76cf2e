"""Ports for servers that cannot take any free one and say which."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_port() -> Iterator[int]:
    """A port that is given to nobody else while this block runs; a server in it binds it by its number.

    One that was found and let go of could be another's by the time that the server starts. Bound here, and not listened
    on, the kernel gives it to nobody who asks for any; who asks for it by its number and sets SO_REUSEADDR, as servers
    do, gets it too.
    """
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        yield int(kept.getsockname()[1])
