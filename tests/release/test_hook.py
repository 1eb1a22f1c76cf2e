"""The build hook adds its files to the wheel and to the sdist, and makes nothing anew from an sdist."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from backuptool.cli import version
from release.hook import COMMIT, Hook

TOP = Path(__file__).parents[2]


def hooked(root: Path, folder: Path, target: str, kind: str = "standard") -> tuple[Hook, dict[str, Any]]:
    builder = (SdistBuilder if target == "sdist" else WheelBuilder)(str(root))
    hook = Hook(str(root), {}, builder.config, builder.metadata, str(folder / "dist"), target)
    build_data: dict[str, Any] = {"force_include": {}, "shared_data": {}}
    hook.initialize(kind, build_data)
    return hook, build_data


@pytest.mark.parametrize(("target", "place"), [("sdist", "force_include"), ("wheel", "shared_data")])
def test_from_a_checkout_all_is_made(tmp_path: Path, target: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "checked_out", lambda: "0123456789ab")
    hook, build_data = hooked(TOP, tmp_path, target)
    (share,) = (Path(made) for made, where in build_data[place].items() if where == "share")
    assert (share / "man" / "man1" / "backuptool.1").exists()
    (commit,) = (Path(made) for made, where in build_data["force_include"].items() if where == COMMIT)
    assert commit.read_text() == "0123456789ab\n"
    assert any(one.startswith("pydantic") for one in hook.dependencies())
    hook.finalize("standard", build_data, "")
    assert not share.exists()


def test_from_an_sdist_the_files_in_it_are_taken_and_nothing_else_is_needed(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(TOP / name, tmp_path)
    shutil.copytree(TOP / "backuptool", tmp_path / "backuptool")
    (tmp_path / "PKG-INFO").touch()
    (tmp_path / "release").mkdir()
    shutil.copy(TOP / "release" / "hook.py", tmp_path / "release")
    hook, build_data = hooked(tmp_path, tmp_path, "wheel")
    assert build_data == {"force_include": {}, "shared_data": {str(tmp_path / "share"): "share"}}
    assert hook.dependencies() == []


def test_an_editable_install_makes_nothing(tmp_path: Path) -> None:
    hook, build_data = hooked(TOP, tmp_path, "wheel", "editable")
    assert build_data == {"force_include": {}, "shared_data": {}}
    hook.finalize("editable", build_data, "")
