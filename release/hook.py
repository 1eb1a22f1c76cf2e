"""hatchling's build hook: what the sdist and the wheel hold besides the package's own files.

It makes them in a checkout. An sdist holds them already: a wheel is made from one with hatchling alone.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMMIT = "backuptool/data/commit"
# The completions' generator; the parser and the models need what the package needs.
NEEDED = ["shtab>=1.8"]


class Hook(BuildHookInterface[Any]):
    """Adds the man page, completions, schema (share/) and the commit that is built."""

    PLUGIN_NAME = "custom"
    _folder: TemporaryDirectory[str] | None = None

    @property
    def _is_sdist(self) -> bool:
        return (Path(self.root) / "PKG-INFO").exists()

    def dependencies(self) -> list[str]:
        """What making the files needs."""
        return [] if self._is_sdist else [*self.metadata.core.dependencies, *NEEDED]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds."""
        if version == "editable":  # a checkout says its own commit, and has its own share
            return
        share = Path(self.root) / "share" if self._is_sdist else self._made(build_data)
        target = "force_include" if self.target_name == "sdist" else "shared_data"
        build_data[target][str(share)] = "share"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called by hatchling after it has built."""
        del version, build_data, artifact_path
        if self._folder:
            self._folder.cleanup()

    def _made(self, build_data: dict[str, Any]) -> Path:
        self._folder = TemporaryDirectory(prefix="backuptool-build-")  # until hatchling has read it
        folder = Path(self._folder.name)
        sys.dont_write_bytecode = True
        sys.path.insert(0, self.root)
        from backuptool.cli.version import checked_out  # noqa: PLC0415 - the project is on the path only now
        from release.share import write  # noqa: PLC0415 - the same

        write(folder / "share")
        commit = checked_out()
        if commit:
            (folder / "commit").write_text(f"{commit}\n", encoding="ascii")
            build_data["force_include"][str(folder / "commit")] = COMMIT
        return folder / "share"
