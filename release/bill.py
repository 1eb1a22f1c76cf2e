"""The bill of materials (CycloneDX): what an installation gets, and of what it is the bill."""

from __future__ import annotations

import json
from pathlib import Path

from release.refused import Refused

NAME = "backuptool-pg"


def name_subject(bill: Path) -> None:
    """Make the release its metadata.component: the generator finds no version there that is not pyproject.toml's own.

    Raises Refused where the release is not in it once.
    """
    said = json.loads(bill.read_text(encoding="utf-8"))
    ours = [one for one in said["components"] if one["name"] == NAME]
    if len(ours) != 1:
        raise Refused(f"{bill.name} has {NAME} {len(ours)} times, not once")
    subject = ours[0]
    said["components"].remove(subject)
    said["metadata"]["component"] = {**subject, "type": "application"}
    bill.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
