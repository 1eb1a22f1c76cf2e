"""`python -m release.asked`: a requirements file with all that an installation may get, what extras ask for too."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[1]


def project() -> dict[str, Any]:
    """[project] of pyproject.toml."""
    found: dict[str, Any] = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def asked(project: dict[str, Any]) -> list[str]:
    """Each requirement, as it stands there."""
    return [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]


if __name__ == "__main__":
    sys.stdout.write("\n".join(asked(project())) + "\n")
