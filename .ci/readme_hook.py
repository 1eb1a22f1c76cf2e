"""README for an index's page, which has none of the files that README links to: their names stand in place of links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"!?\[([^]]+)\]\((?!#|https://)([^)]+)\)")


def standalone(text: str) -> str:
    """`text` without links and pictures that are relative; the wheel brings what is in docs/."""
    return LINK.sub(lambda found: found[1] if found[1] == found[2] else f"{found[1]} ({found[2]})", text)


class ReadmeHook(MetadataHookInterface):
    """Makes README the description."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set it."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": standalone(text)}
