"""A one-file tool that does not fit the host says so before it unpacks anything, in one line and with a hint."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from release import pyz
from release.pyz import start_first
from release.start import start

HERE = "{}.{}".format(*sys.version_info[:2])
MACHINE = os.uname().machine
ROOM = {"f_frsize": 4096, "f_blocks": 9, "f_bfree": 9, "f_bavail": 9, "f_files": 0, "f_favail": 0}


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    return shivs(tmp_path)


def shivs(tmp_path: Path, build: str = "0123") -> Path:
    """As shiv makes it, but for what is in it."""
    path = tmp_path / "packed.pyz"
    with path.open("wb") as file:
        file.write(f"#!{sys.executable}\n".encode())
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("site-packages/x.py", "x = 1\n")
            archive.writestr("environment.json", f'{{"build_id": "{build}"}}')
            archive.writestr(zipfile.ZipInfo("__main__.py", (2026, 11, 25, 1, 2, 4)), "print('it runs')\n")
    return path


def run(file: Path, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run([file], env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def made(packed: Path, monkeypatch: pytest.MonkeyPatch, versions: dict[str, str], machine: str = MACHINE) -> Path:
    """The first of `versions`, as if it had been built on `machine`."""
    monkeypatch.setattr(pyz, "VERSIONS", versions)
    start_first(packed, packed.with_name("tool.pyz"), next(iter(versions)), machine)
    return packed.with_name("tool.pyz")


def test_one_that_fits_runs_and_makes_its_folder_for_its_owner_alone(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = made(packed, monkeypatch, {"py": HERE})
    assert run(file, SHIV_ROOT=f"{tmp_path}/state/pyz") == (0, "it runs\n", "")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "state", tmp_path / "state" / "pyz")} == {0o700}
    assert run(file, HOME=str(tmp_path)) == (0, "it runs\n", "")
    assert (tmp_path / ".shiv").is_dir()
    start_first(packed, tmp_path / "again.pyz", "py")
    assert (tmp_path / "again.pyz").read_bytes() == file.read_bytes()


def as_nobody(work: Callable[[], None]) -> None:
    os.seteuid(65534)
    try:
        work()
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    ("versions", "said", "hint"),
    [
        ({"py30": "3.0", "py": HERE}, f"this file is for Python 3.0, this is Python {HERE}", "take backuptool-py.pyz"),
        ({"py30": "3.0", "py31": "3.1"}, f"this file is for Python 3.0, this is Python {HERE}", "install it with pip"),
    ],
)
def test_another_python_is_told_which_file_there_is_for_it(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, versions: dict[str, str], said: str, hint: str
) -> None:
    code, out, error = run(made(packed, monkeypatch, versions), HOME=str(tmp_path))
    assert (code, out, error.splitlines()[0]) == (1, "", f"backuptool: {said}")
    assert error.splitlines()[1].startswith(f"hint: {hint}")
    assert not (tmp_path / ".shiv").exists()


def test_another_machine_is_told(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, error = run(made(packed, monkeypatch, {"py": HERE}, "riscv64"), HOME=str(tmp_path))
    assert (code, out, len(error.splitlines())) == (1, "", 2)
    assert error.startswith(f"backuptool: this file is for riscv64, this is {MACHINE}\nhint: install it with pip")


# seteuid(2) to another user is root's. CI runs as root and never skips it.
@pytest.mark.skipif(os.geteuid() != 0, reason="gives itself another user's rights")
def test_anothers_folder_is_told(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where sudo leaves root's HOME to whoever it makes of root."""
    file = made(packed, monkeypatch, {"py": HERE})
    (tmp_path / "root").mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(tmp_path / "root"))
    monkeypatch.setattr(sys, "argv", [str(file)])
    with pytest.raises(SystemExit, match=r"^backuptool: it unpacks itself into .*/root/\.shiv: Permission denied\n"):
        as_nobody(lambda: start("py", {"py": HERE}, MACHINE, "0123", 1, 1))


@pytest.mark.parametrize("environment", [{"HOME": "/proc/nonexistent"}, {"SHIV_ROOT": "/proc"}])
def test_a_host_where_it_cannot_unpack_itself_is_told(
    packed: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    code, out, error = run(made(packed, monkeypatch, {"py": HERE}), **environment)
    assert (code, out, len(error.splitlines())) == (1, "", 2), error
    assert error.startswith("backuptool: it unpacks itself into /proc")
    assert "hint: another folder: SHIV_ROOT=DIR" in error


def test_a_full_disk_is_told_before_it_is_filled(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyz, "BLOCK", 1 << 60)  # three files: no disk has room for them
    code, out, error = run(made(packed, monkeypatch, {"py": HERE}), SHIV_ROOT=str(tmp_path / "state"))
    assert (code, out, len(error.splitlines())) == (1, "", 2), error
    assert error.startswith(f"backuptool: it unpacks itself into {tmp_path}/state: No space left on device\nhint: ")
    assert list((tmp_path / "state").iterdir()) == []


@pytest.mark.parametrize(("files", "left", "refused"), [(9, 1, True), (9, 2, False), (0, 0, False)])
def test_a_disk_that_takes_no_more_files_is_told_before_it_is_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int, left: int, *, refused: bool
) -> None:
    """btrfs, vfat and many of FUSE count none: they say 0 of 0. Made up: only root could mount each of them."""
    monkeypatch.setenv("SHIV_ROOT", str(tmp_path))
    disk = SimpleNamespace(f_flag=0, **{**ROOM, "f_files": files, "f_favail": left})
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    said = pytest.raises(SystemExit, match=r"^backuptool: it unpacks itself into .*: No inodes left on device\nhint: ")
    with said if refused else nullcontext():
        start("py", {"py": HERE}, MACHINE, "0123", 1, 2)
    assert list(tmp_path.iterdir()) == []


def test_each_file_and_each_folder_takes_an_inode() -> None:
    assert pyz.inodes(["site-packages/a/x.py", "site-packages/a/y.py", "environment.json"]) == 6


def unpacked(place: Path) -> Path:
    """What shiv leaves of `packed`."""
    module = place / "tool.pyz_0123" / "site-packages" / "x.py"
    module.parent.mkdir(parents=True)
    module.write_text("x = 1\n")
    return module


def test_one_that_is_unpacked_already_needs_no_room(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = unpacked(tmp_path / "state")
    (module.parent / "__pycache__").mkdir()
    monkeypatch.setattr(pyz, "BLOCK", 1 << 60)
    assert run(made(packed, monkeypatch, {"py": HERE}), SHIV_ROOT=f"{tmp_path}/state") == (0, "it runs\n", "")
    assert module.exists()


@pytest.mark.parametrize("spoil", [Path.unlink, lambda module: module.write_bytes(b"")])
def test_what_was_unpacked_and_is_damaged_is_unpacked_again(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path], object]
) -> None:
    """By a power cut, or by what removes old files: shiv asks only whether the folder is there."""
    module = unpacked(tmp_path / "state")
    spoil(module)
    assert run(made(packed, monkeypatch, {"py": HERE}), SHIV_ROOT=f"{tmp_path}/state") == (0, "it runs\n", "")
    assert list((tmp_path / "state").iterdir()) == []  # shiv does its part


def test_one_that_is_damaged_and_cannot_be_removed_is_told(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody removes a file in /proc/self, which is no folder of modules."""
    file = made(packed, monkeypatch, {"py": HERE}).rename(packed.with_name("oom"))
    start_first(shivs(packed.parent, "score"), file, "py")
    code, out, error = run(file, SHIV_ROOT="/proc/self")  # /proc/self/oom_score
    assert (code, out, len(error.splitlines())) == (1, "", 2), error
    assert error.startswith("backuptool: it unpacks itself into /proc/self: Not a directory\nhint: another folder: ")


def test_a_place_from_which_nothing_may_be_executed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled parts are mapped as programs are. Only root could mount something so: the answer is made up."""
    monkeypatch.setenv("SHIV_ROOT", str(tmp_path))
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_NOEXEC, **ROOM))
    with pytest.raises(SystemExit) as caught:
        start("py", {"py": HERE}, MACHINE, "0123", 1, 1)
    assert str(caught.value) == (
        f"backuptool: it unpacks itself into {tmp_path}, which is mounted noexec\n"
        "hint: another folder: SHIV_ROOT=DIR in the environment"
    )


def test_scripts_that_name_the_python_of_whoever_builds_are_not_in_it_nor_in_the_list_of_files(tmp_path: Path) -> None:
    """Their digests are those of its path: another machine would build another file."""
    info = tmp_path / "x-1.dist-info"
    for folder in (tmp_path / "bin", info):
        folder.mkdir()
    (tmp_path / "bin" / "x").write_text("#!/home/somebody/.venv/bin/python\n")
    (info / "RECORD").write_text("../../bin/x,sha256=a,1\nx.py,sha256=b,2\nx-1.dist-info/RECORD,,\n")
    pyz.forget_scripts(tmp_path)
    assert list(tmp_path.iterdir()) == [info]
    assert (info / "RECORD").read_text() == "x.py,sha256=b,2\nx-1.dist-info/RECORD,,\n"


def test_the_modes_in_it_are_not_those_of_whoever_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "probe.py").write_text("import sys, pathlib; pathlib.Path(sys.argv[1]).touch()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    mask = os.umask(0o077)
    try:
        pyz._run("probe", str(tmp_path / "made"))
    finally:
        os.umask(mask)
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o644
