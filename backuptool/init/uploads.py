"""Where else the old procedure stored what it made."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backuptool.init.given import base
from backuptool.shellscript import Called

UPLOADING = ("-T", "--upload-file")
ADDRESS = re.compile(r"https?://(?:[^/?#]*@)?([^/?#:@]+)")


def other_stores(called: Called, url: str) -> Iterator[str]:
    """The hosts of addresses not within `url` to which curl uploads something: the rest of one may be secret."""
    words = [word for word in called.words if word]
    if "curl" in map(base, words) and any(word.startswith(UPLOADING) for word in words):
        others = (word for word in words if not word.startswith(url.rstrip("/")))
        yield from dict.fromkeys(found[1] for word in others if (found := ADDRESS.match(word)))
