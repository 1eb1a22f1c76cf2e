"""A bundle that lies on this disk, by whatever name somebody gave it there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backuptool.bundle.keys import Keys
from backuptool.bundle.reader import Bundle

log = logging.getLogger(__name__)


@contextmanager
def opened(path: Path, keys: Keys) -> Iterator[Bundle]:
    """The bundle at `path`, authenticated; it may have another name than it was made under, which is said: an old one
    may be in the place of a new one. Raises VerificationError."""
    with Bundle.open(path) as bundle:
        bundle.authenticate(keys)
        if path.name != bundle.stem.bundle:
            log.warning("%s was made as %s", path.name, bundle.stem.bundle)
        yield bundle
