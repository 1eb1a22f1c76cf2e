"""Puts the commit that is built into the package, as data/commit, for `backuptool --version`."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = "backuptool/data/commit"


class CommitHook(BuildHookInterface[Any]):
    """Of a checkout the commit is asked for; an sdist has it already; an editable install asks when it runs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file."""
        if version == "editable" or (Path(self.root) / PLACE).exists() or not (Path(self.root) / ".git").exists():
            return
        # In a git hook GIT_DIR and others name the repository of the hook.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        asked = ["git", "-C", self.root, "rev-parse", "--short=12", "HEAD"]
        try:
            done = subprocess.run(asked, env=kept, capture_output=True, text=True, check=False)
        except OSError:  # no git here: a version without a commit
            return
        if done.returncode:
            return
        self._folder = tempfile.TemporaryDirectory()
        file = Path(self._folder.name) / "commit"
        file.write_text(done.stdout)
        file.chmod(0o644)
        build_data["force_include"][str(file)] = PLACE

    def finalize(self, *_: object) -> None:
        """Remove it."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()
