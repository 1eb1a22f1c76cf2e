"""The fault matrix: whatever happens to one request of an upload, it ends in identical content or in a clean error.

`python -m integration.campaigns.faults` runs all of it, `--case NAME` one case of it, `--naive` the positive control.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from integration.campaigns.faults.ground import Ground, wsgidav

AT_ONCE = 6  # most of the time is spent waiting for limits to pass
SIZE = 300_000  # two blocks of a PUT


@contextmanager
def prepared() -> Iterator[tuple[Path, dict[str, list[Ground]]]]:
    """A bundle, and the grounds of each kind."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        top = Path(name)
        bundle = top / "bundle"
        bundle.write_bytes(bytes(range(250)) * (SIZE // 250))
        yield bundle, {"wsgidav": [stack.enter_context(wsgidav(_made(top / f"dav{n}"))) for n in range(AT_ONCE)]}


def _made(path: Path) -> Path:
    path.mkdir()
    return path
