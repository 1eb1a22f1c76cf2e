"""`python -m release.lowest`: a constraints file with the lowest version of everything that the package asks for."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[1]


def lowest(project: dict[str, Any]) -> list[str]:
    """Each bound in [project] as its lowest version, extras too. Raises ValueError where one has none."""
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    for one in asked:
        if one.count(">=") != 1:
            raise ValueError(f"{one} has no lowest version: NAME>=VERSION")
    return [one.replace(">=", "==", 1) for one in asked]


if __name__ == "__main__":
    table = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    sys.stdout.write("\n".join(lowest(table["project"])) + "\n")
