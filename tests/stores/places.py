"""What lies behind the stores under test, reached without them."""

from __future__ import annotations

from pathlib import Path

from tests.contracts.store import NAME


class Folder:
    """A local folder, seen directly; it may not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, content: bytes) -> None:
        """Put a file there."""
        self.path.mkdir(exist_ok=True)
        (self.path / name).write_bytes(content)

    def names(self) -> set[str]:
        """Every name there."""
        return {entry.name for entry in self.path.iterdir()} if self.path.exists() else set()


def is_stored(place: Folder, bundle: Path) -> bool:
    """Whether the bundle is there under its name, and nothing else is."""
    return place.names() == {NAME} and (place.path / NAME).read_bytes() == bundle.read_bytes()
