"""A Nextcloud or ownCloud: where its folders are, and what it says that it can.

Their WebDAV address holds `/remote.php/`; everything else is asked for: /ocs/v2.php/cloud/capabilities and …/user
(Nextcloud's developer manual, "OCS APIs"; ownCloud 10 has both).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, unquote

from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.session import Session

LARGEST = 5_000_000_000  # bytes of a chunk
MOST = 10_000  # chunks
PARALLEL = 2  # uploads at once: a second one hides the waiting for answers, more of them hurt small servers
_ADDRESS = re.compile(r"(?P<root>https?://[^/]+(?:/.*)?/)remote\.php/(?:webdav|dav/files/(?P<user>[^/]+))/(?P<rest>.*)")
_LONGEST = 1 << 20  # bytes of an answer
# What a server says that knows no such address, or does not let us in there: it has none of this then.
_OTHERWISE = frozenset({*range(300, 423), 424, 426, *range(430, 500), 501, 505})


@dataclass(frozen=True, slots=True)
class Cloud:
    """`root`: where remote.php lies; `user`: the server's own name of us; `rest`: the collection's path below it.

    `chunking`: whether it takes uploads in chunks, `largest`: bytes of each, `parallel`: how many at once.
    `checks_sha1`: whether it announces to check a sum that comes with a file.
    """

    root: str
    user: str
    rest: str
    chunking: bool
    largest: int
    parallel: int
    checks_sha1: bool

    @classmethod
    def at(cls, session: Session) -> Self | None:
        """The cloud at the session's address, None when it is none. Raises StoreError."""
        found = _ADDRESS.fullmatch(session.address.url)
        if found is None:
            return None
        told = _asked(session, f"{found['root']}ocs/v2.php/cloud/capabilities")
        can = _table(told, "capabilities")
        if not can:
            return None
        upload, limits = _table(_table(can, "files"), "chunked_upload"), session.limits
        return cls(
            root=found["root"],
            user=unquote(found["user"]) if found["user"] else _own_name(session, found["root"]),
            rest=found["rest"],
            chunking=bool(_table(can, "dav").get("chunking")),
            largest=min(LARGEST, max(limits.smallest_chunk, _number(upload.get("max_size"), limits.chunk))),
            parallel=max(1, min(PARALLEL, _number(upload.get("max_parallel_count"), PARALLEL))),
            checks_sha1="SHA1" in str(_table(can, "checksums").get("supportedTypes")).upper(),
        )

    def files(self) -> Address:
        """The collection where uploads in chunks can be moved to: /remote.php/webdav/ knows nothing of them."""
        return Address(f"{self.root}remote.php/dav/files/{quote(self.user, safe='')}/{self.rest}")

    def uploads(self, name: str = "") -> Address:
        """The folder of the chunks of one upload, or of all of them."""
        folder = f"{self.root}remote.php/dav/uploads/{quote(self.user, safe='')}/"
        return Address(f"{folder}{quote(name, safe='')}/" if name else folder)


def _own_name(session: Session, root: str) -> str:
    """Who logs in by mail has another name in addresses."""
    name = _asked(session, f"{root}ocs/v2.php/cloud/user").get("id")
    return name if isinstance(name, str) and name else session.user


def _asked(session: Session, url: str) -> dict[str, Any]:
    """What OCS answers, empty when that is nothing that can be understood. Raises StoreError."""

    def ask() -> bytes:
        headers = {"OCS-APIRequest": "true", "Accept": "application/json"}
        with session.send("GET", f"{url}?format=json", {200, *_OTHERWISE}, headers) as answer:
            return session.read(answer, _LONGEST) if answer.status_code == 200 else b""

    try:
        return _table(_table(json.loads(session.retry(ask)), "ocs"), "data")
    except (ValueError, RecursionError):  # RecursionError: a hundred thousand brackets
        return {}


def _table(told: Any, key: str) -> dict[str, Any]:
    found = told.get(key) if isinstance(told, dict) else None
    return found if isinstance(found, dict) else {}


def _number(told: Any, otherwise: int) -> int:
    return told if isinstance(told, int) and told > 0 else otherwise
