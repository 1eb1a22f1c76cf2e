"""What a request's path, Destination and Range mean, and what they may not be."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.stores.nextcloud.exchange import Exchange, Refused
from tests.stores.nextcloud.server import FILES, LEGACY, Nextcloud


def local(server: Nextcloud, base: str, path: str) -> Path:
    """The file behind the decoded `path` under `base`. Raises Refused."""
    parts = [part for part in path.removeprefix(base).split("/") if part]
    if any(part == ".." or "\0" in part or len(part.encode()) > 250 for part in parts):
        raise Refused(400, "File name contains at least one invalid character")
    return server.files.joinpath(*parts)


def destination(server: Nextcloud, exchange: Exchange) -> Path:
    """The file that the Destination names. Raises Refused: missing, of another tree, in no folder, taken."""
    header = exchange.headers.get("destination")
    if not header:
        raise Refused(400, "The destination header was not supplied")
    base = LEGACY if exchange.path.startswith(f"{LEGACY}/") else FILES
    path = unquote(urlsplit(header).path)
    if not path.startswith(f"{base}/"):
        raise Refused(403, f"Requested uri ({header}) is out of base uri")
    target = local(server, base, path)
    allowed(target)
    if not target.parent.is_dir():
        raise Refused(409, "The destination node is not found")
    if target.exists() and exchange.headers.get("overwrite", "T").upper() != "T":
        raise Refused(412, "The destination node already exists, and the overwrite header is set to false")
    return target


def room(server: Nextcloud, exchange: Exchange, size: int) -> None:
    """Raises Refused (507) when `size` bytes, or what OC-Total-Length says, are more than the quota leaves."""
    available = server.available()
    wanted = max(size, int(exchange.headers.get("oc-total-length", 0)))
    if available is not None and wanted > available and not exchange.is_chunked:
        raise Refused(507, f"Insufficient space in files, {wanted} required, {available} available")


def allowed(path: Path) -> None:
    """Raises Refused (400) for the names that Nextcloud keeps for itself."""
    if path.suffix in {".part", ".filepart"}:
        raise Refused(400, f"Invalid extension {path.suffix}")


def part(header: str, size: int) -> tuple[int, int]:
    """First byte and the one behind the last. Raises Refused (416)."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header)
    if match is None or match[1] + match[2] == "":
        return 0, size
    if not match[1]:
        return max(0, size - int(match[2])), size
    first = int(match[1])
    if first >= size:
        raise Refused(416, "The start offset exceeded the size of the entity")
    return first, min(size, int(match[2]) + 1) if match[2] else size
