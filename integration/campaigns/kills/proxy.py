"""Stands between the tool's programs and the server, sees each statement, and kills the tool at one of them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from threading import Event, Lock, Thread

from integration.campaigns.kills.wire import QUERY, READY, SOCKET, Gone, first_message, message, raw

# The statement is lost with the tool; the server gets it as the tool goes; it is done, and the tool does not learn it.
PHASES = ("before", "sent", "answered")
VARYING = re.compile(r"(?<=unfinished_)[0-9a-f]{8}|\d{4}_\d\d_\d\dt\d{6}|\d{5,}")
PATIENCE = 60  # s


def key(statement: str) -> str:
    """The same for each run: without names and numbers that a run has of its own."""
    return VARYING.sub("#", " ".join(statement.split()))


class How(Enum):
    """What is killed, and how."""

    TERM = "SIGTERM to the tool"
    KILL = "SIGKILL to the tool"  # what its psql has in its hands is still done
    ALL = "SIGKILL to the tool and its programs"


@dataclass(frozen=True)
class Point:
    """The n-th time (from 1) that a statement with this key is seen, and when about it."""

    key: str
    time: int
    phase: str
    how: How = How.ALL

    def __str__(self) -> str:
        return f"{self.how.value} {self.phase} {self.key[:90]!r} ({self.time})"


@dataclass
class Run:
    """One run of the tool through the proxy: where it is to be killed, if anywhere, and what was seen."""

    point: Point | None = None
    seen: list[tuple[str, int]] = field(default_factory=list)
    fired: bool = False
    _count: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)
    _started: Event = field(default_factory=Event)
    _tool: subprocess.Popen[str] | None = None

    def started(self, tool: subprocess.Popen[str]) -> None:
        """Who is killed."""
        self._tool = tool
        self._started.set()

    def phase_of(self, statement: str) -> str:
        """The phase in which this statement is a point; empty when it is none."""
        with self._lock:
            name = key(statement)
            self._count[name] += 1
            self.seen.append((name, self._count[name]))
            point = self.point
            return point.phase if point and (point.key, point.time) == self.seen[-1] and not self.fired else ""

    def strike(self) -> bool:
        """Send the signal; whether the tool is gone then."""
        assert self.point is not None
        assert self._started.wait(PATIENCE)
        assert self._tool is not None
        self.fired = True
        end(self._tool, self.point.how)
        if self.point.how is How.TERM:
            return False
        self._tool.wait(PATIENCE)
        return True


def end(tool: subprocess.Popen[str], how: How) -> None:
    """Send the signal. The tool began a session, so its programs are in its process group."""
    if how is How.ALL:
        os.killpg(tool.pid, signal.SIGKILL)
    else:
        tool.send_signal(signal.SIGTERM if how is How.TERM else signal.SIGKILL)


class Proxy:
    """Listens in `folder` for clients of the server whose socket is in `server`."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder, self._server = folder, server
        self.run = Run()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / SOCKET))
        self._listener.listen()
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            Thread(target=self._serve, args=(client, self.run), daemon=True).start()

    def _serve(self, client: socket.socket, run: Run) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(str(self._server / SOCKET))
            Connection(client, server, run).serve()


class Connection:
    """One client's, with two threads: what it says, what it is told."""

    def __init__(self, client: socket.socket, server: socket.socket, run: Run) -> None:
        self._client, self._server, self._run = client, server, run
        self._awaited = False  # the answer to the statement that is the point

    def serve(self) -> None:
        answers = Thread(target=self._answers, daemon=True)
        answers.start()
        with contextlib.suppress(Gone, OSError):
            self._server.sendall(first_message(self._client))
            for kind, content in messages(self._client):
                self._say(kind, content)
        with contextlib.suppress(OSError):  # the client has gone: so does its session, when the statement is done
            self._server.shutdown(socket.SHUT_RDWR)
        answers.join()

    def _say(self, kind: bytes, content: bytes) -> None:
        phase = self._run.phase_of(content[:-1].decode(errors="replace")) if kind == QUERY else ""
        if kind == QUERY:  # behind a COPY come its data, and only then the answer
            self._awaited = phase == "answered"
        if phase == "before" and self._run.strike():
            return
        self._server.sendall(raw(kind, content))
        if phase == "sent":
            self._run.strike()

    def _answers(self) -> None:
        with contextlib.suppress(Gone, OSError):
            for kind, content in messages(self._server):
                if kind == READY and self._awaited:
                    self._awaited = False
                    self._run.strike()
                self._client.sendall(raw(kind, content))
        with contextlib.suppress(OSError):
            self._client.shutdown(socket.SHUT_RDWR)


def messages(peer: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    """All until the other end closes. Raises Gone."""
    while True:
        yield message(peer)
