"""What `doctor` finds, by check."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.test_round_trip import Host

Found = dict[str, dict[str, Any]]


def doctor(host: Host, code: int, *words: str) -> Found:
    """What it found, by check (there is one plan, one store)."""
    done = host.tool("doctor", "--json", "--root", str(host.folder), *words)
    assert done.returncode == code, done.stderr + done.stdout
    found = {one["check"]: one for one in json.loads(done.stdout)}
    assert all(one["hint"] for one in found.values() if one["grade"] in {"warning", "failed"})
    return found


def changed(host: Host, old: str, new: str) -> None:
    text = host.config.read_text()
    assert old in text
    host.config.write_text(text.replace(old, new))
