"""The last lines of the log, kept while a run goes on for whoever is told that it failed."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from backuptool.secret import Secret

MOST = 100  # lines
LONGEST = 10_000  # characters of all of them: healthchecks.io keeps 100 kB, a mail or a chat shows less


class LastLines(logging.Handler):
    """What was said at level INFO and above, with the time (UTC)."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        form = logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        form.converter = time.gmtime
        self.setFormatter(form)
        self._lines: deque[str] = deque(maxlen=MOST)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self._lines.append(self.format(record))

    def text(self, *secrets: Secret) -> str:
        """All of it, with `***` where one of `secrets` stood."""
        text = "\n".join(self._lines)
        for secret in secrets:
            text = text.replace(secret.text(), "***")
        return text[-LONGEST:]


@contextmanager
def last_lines() -> Iterator[LastLines]:
    """What the tool says within this block."""
    log, kept = logging.getLogger("backuptool"), LastLines()
    log.addHandler(kept)
    try:
        yield kept
    finally:
        log.removeHandler(kept)
