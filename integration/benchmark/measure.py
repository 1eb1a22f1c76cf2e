"""What one command costs: wall time, CPU of its process tree and of the server, peak memory, peak temporary disk."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from backuptool.errors import CommandFailed
from integration.benchmark.cpu import machine_cpu, server_cpu
from integration.benchmark.processes import Tree, gone

EVERY = 50  # ms between two looks at memory and disk; one takes 1 ms
BLOCK = 512  # bytes: the unit of st_blocks, whatever the file system's is


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall time; CPU seconds of the command's tree, of the server, of everybody else; peak bytes."""

    wall: float
    cpu: float
    server_cpu: float
    others_cpu: float
    memory: int
    disk: int


def measured(argv: Sequence[str], place: Path, server: int) -> Cost:
    """Run `argv` to its end, its output thrown away.

    `place`: the folder whose disk counts; TMPDIR is there too. `server`: the pid of the postmaster.
    Raises CommandFailed when it ends with another code than 0; it never outlives this call.
    """
    server_before, machine_before, begin = server_cpu(server), machine_cpu(), time.monotonic()
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(place)}
    )
    try:
        memory, disk = _peaks(process.pid, place)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        if process.returncode is None:
            process.terminate()
            process.wait()
    wall, own = time.monotonic() - begin, used.ru_utime + used.ru_stime
    if process.returncode != 0:
        raise CommandFailed(f"{argv[0]} ended with {process.returncode}", returncode=process.returncode)
    served, machine = server_cpu(server) - server_before, machine_cpu() - machine_before
    return Cost(wall, own, served, max(0.0, machine - own - served), memory, disk)


def _peaks(pid: int, place: Path) -> tuple[int, int]:
    """The most memory and disk, in bytes, until the process ends."""
    tree, memory, disk = Tree(pid), 0, 0
    descriptor = os.pidfd_open(pid)
    try:
        ended = select.poll()
        ended.register(descriptor, select.POLLIN)
        while not ended.poll(EVERY):
            tree.look()
            memory = max(memory, tree.resident())
            disk = max(disk, occupied(place, tree.deleted(place)))
    finally:
        os.close(descriptor)
    return memory, disk


def occupied(folder: Path, more: Iterable[os.stat_result] = ()) -> int:
    """Bytes on disk of the files in `folder` and of `more`, each inode once."""
    found = {(status.st_dev, status.st_ino): status.st_blocks for status in more}
    for parent, folders, files in os.walk(folder):  # rglob raises when a folder goes meanwhile
        for name in (*folders, *files):
            with gone():
                status = Path(parent, name).lstat()
                found[status.st_dev, status.st_ino] = status.st_blocks
    return sum(found.values()) * BLOCK
