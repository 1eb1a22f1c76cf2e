"""How much memory a process has had: asked in one of its own, for what a test has used stays with its process."""

from __future__ import annotations

import re
from pathlib import Path

_STATUS = Path("/proc/self/status")  # getrusage would tell of the parent's memory too, from before the exec


def peak() -> int:
    """MiB of this process at most."""
    found = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) >> 10
