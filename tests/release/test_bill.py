"""The bill of materials says of what it is the bill."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from release.bill import name_subject
from release.refused import Refused

OURS = {"bom-ref": "ours==1", "name": "backuptool-pg", "type": "library", "version": "1"}
NEEDED = {"bom-ref": "needed==2", "name": "needed", "type": "library", "version": "2"}


def bill(folder: Path, *components: dict[str, str]) -> Path:
    path = folder / "x.cdx.json"
    path.write_text(json.dumps({"metadata": {"tools": {}}, "components": components, "dependencies": ["ours==1"]}))
    return path


def test_the_release_is_its_subject_and_the_rest_its_components(tmp_path: Path) -> None:
    path = bill(tmp_path, NEEDED, OURS)
    name_subject(path)
    assert json.loads(path.read_text()) == {
        "metadata": {"tools": {}, "component": {**OURS, "type": "application"}},
        "components": [NEEDED],
        "dependencies": ["ours==1"],
    }


def test_a_bill_without_the_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"x\.cdx\.json has backuptool-pg 0 times"):
        name_subject(bill(tmp_path, NEEDED))
