"""Putting chunks together."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from tests.stores.nextcloud.checksums import checked
from tests.stores.nextcloud.server import Nextcloud


def chunks(folder: Path) -> list[Path]:
    """In the order in which they are put together: by number, as PHP's strnatcmp has them, 9 before 10 before 00011."""
    return sorted(folder.iterdir(), key=lambda chunk: (int(chunk.name), chunk.name))


def assemble(server: Nextcloud, upload: str, target: Path, claim: str = "") -> None:
    """Make the file and remove the upload. Raises Refused (400) when ownCloud computes another checksum."""
    whole = server.arriving / secrets.token_hex(8)
    try:
        with whole.open("wb") as file:
            for chunk in chunks(server.uploads / upload):
                with chunk.open("rb") as part:
                    shutil.copyfileobj(part, file, 1 << 20)
        server.sums[target] = checked(server, claim, whole)
        whole.replace(target)
    finally:
        whole.unlink(missing_ok=True)
    shutil.rmtree(server.uploads / upload)


def go_on(server: Nextcloud) -> None:
    """A request came: each assembly that is under way gets one nearer to its end."""
    with server.lock:
        for assembly in list(server.assemblies):
            assembly.left -= 1
            if assembly.left < 0:
                server.assemblies.remove(assembly)
                assemble(server, assembly.upload, assembly.target)
