"""`python -m release.lowest`: a constraints file with the lowest version of everything that the package asks for."""

from __future__ import annotations

import sys
from typing import Any

from release.asked import asked, project


def lowest(project: dict[str, Any]) -> list[str]:
    """Each bound in [project] as its lowest version, extras too. Raises ValueError where one has none."""
    for one in asked(project):
        if one.count(">=") != 1:
            raise ValueError(f"{one} has no lowest version: NAME>=VERSION")
    return [one.replace(">=", "==", 1) for one in asked(project)]


if __name__ == "__main__":
    sys.stdout.write("\n".join(lowest(project())) + "\n")
