"""What an index shows of README leads nowhere that is not there: it has none of the files that README links to."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parents[2]
HOOK = runpy.run_path(str(TOP / ".ci" / "readme_hook.py"))
ELSEWHERE = r"\]\((?!#|https://)"  # neither in the page nor a whole address


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("see [docs/faq.md](docs/faq.md).", "see docs/faq.md."),
        ("([what that is](docs/faq.md))", "(what that is (docs/faq.md))"),
        ("![What `make demo` prints](docs/demo.svg)", "What `make demo` prints (docs/demo.svg)"),
        ("[below](#by-hand), [there](https://example.org/x)", "[below](#by-hand), [there](https://example.org/x)"),
        ("`backuptool verify [PLAN] [BACKUP]`", "`backuptool verify [PLAN] [BACKUP]`"),
    ],
)
def test_a_link_to_a_file_becomes_its_name(written: str, shown: str) -> None:
    assert HOOK["standalone"](written) == shown


def test_a_build_shows_readme_so_and_whole() -> None:
    metadata: dict[str, Any] = {}
    HOOK["ReadmeHook"](str(TOP), {}).update(metadata)
    assert metadata["readme"]["content-type"] == "text/markdown"
    shown, written = metadata["readme"]["text"], (TOP / "README.md").read_text(encoding="utf-8")
    assert re.search(ELSEWHERE, written)
    assert not re.search(ELSEWHERE, shown)
    assert shown.splitlines()[0] == "# backuptool"
    assert len(shown.splitlines()) == len(written.splitlines())
