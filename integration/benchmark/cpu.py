"""CPU time that is not the command's own: the server's, which works for it, and everybody else's, which disturbs it."""

from __future__ import annotations

import os

from integration.benchmark.processes import PROC, parent, running, stat

TICKS = os.sysconf("SC_CLK_TCK")


def server_cpu(postmaster: int) -> float:
    """Seconds of CPU that a PostgreSQL server has used: its postmaster, all that runs below it, all that ended."""
    below = [pid for pid in running() if parent(pid) == postmaster]
    # utime and stime of each, cutime and cstime of the one that waits for them
    ticks = [part for pid in below for part in stat(pid)[11:13]] + stat(postmaster)[11:15]
    return sum(map(int, ticks)) / TICKS


def machine_cpu() -> float:
    """Seconds of CPU that the whole machine has used, steal too: all but idle and iowait (proc(5), /proc/stat)."""
    user, nice, system, _, _, irq, softirq, steal = (PROC / "stat").read_text().split(maxsplit=9)[1:9]
    return sum(map(int, (user, nice, system, irq, softirq, steal))) / TICKS
