"""Where else the old procedure stored what it made."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backuptool.init.given import base
from backuptool.shellscript import Called

UPLOADING = ("-T", "--upload-file")
ADDRESS = re.compile(r"https?://(?:[^/?#]*@)?([^/?#:@]+)")


def uploads(called: Called) -> bool:
    """Whether it is a curl that stores something."""
    words = [word for word in called.words if word]
    return "curl" in map(base, words) and any(word.startswith(UPLOADING) for word in words)


def other_hosts(called: Called, url: str) -> Iterator[str]:
    """Those of addresses not within `url` in it: the rest of one may be secret."""
    others = (word for word in called.words if word and not word.startswith(url.rstrip("/")))
    yield from dict.fromkeys(found[1] for word in others if (found := ADDRESS.match(word)))
