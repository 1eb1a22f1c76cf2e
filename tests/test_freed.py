"""The chunks of the pipeline are not fetched from the system again and again."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

CHUNKS = """
import resource
from collections import deque
{before}
waiting = deque()
faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for number in range(1000):
    waiting.append(b"x" * (256 << 10))
    if len(waiting) > 8:
        waiting.popleft()
    if not number % 20:
        waiting.clear()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults)
"""
PAGES = 1000 * 64  # of 4 KiB, in all the chunks


def faults(before: str) -> int:
    program = CHUNKS.format(before=before)
    return int(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout)


# Only glibc is told: elsewhere (Alpine's musl) there is nothing to see. CI is on glibc and never skips it.
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has ways of its own")
def test_freed_chunks_are_taken_again() -> None:
    assert faults("") > PAGES / 20  # the control: what it costs as the C library does it by itself
    assert faults("from backuptool.freed import keep_freed; keep_freed()") < PAGES / 50
