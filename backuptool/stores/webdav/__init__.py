"""WebDAV collections as stores: `store.WebDavStore`.

Nothing here loads an HTTP library before a store is used: each command reads the configuration, and many have no such
store.
"""

from __future__ import annotations

from typing import Literal

Way = Literal["auto", "plain", "chunked"]
