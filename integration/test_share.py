"""What the wheel puts into PREFIX/share, by the programs it is for: man, bash, zsh, fish.

BACKUPTOOL_SHARE names an installed one (release-check does); else it is the committed one.
"""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from integration.conftest import TOP
from release.share import write
from tests.programs import needed

COMMITTED = TOP / "backuptool" / "data" / "share"
PAGE = "man/man1/backuptool.1"
BASH = "bash-completion/completions/backuptool"


@pytest.fixture
def share() -> Path:
    """The folder share."""
    return Path(os.environ.get("BACKUPTOOL_SHARE") or COMMITTED)


def test_what_is_committed_is_what_make_generated_writes(tmp_path: Path) -> None:
    write(tmp_path)
    assert files(COMMITTED) == files(tmp_path)


def files(folder: Path) -> dict[str, str]:
    """Each text by its path."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def lint(page: Path) -> str:
    return subprocess.run(["mandoc", "-Tlint", page], capture_output=True, text=True, check=False).stdout


def test_mandoc_finds_nothing_to_say_about_the_page(share: Path, tmp_path: Path) -> None:
    needed("mandoc")
    assert lint(share / PAGE) == ""
    broken = tmp_path / "backuptool.1"  # what it would say of a page that is not one
    broken.write_text((share / PAGE).read_text().replace(".SH NAME", ".SH NAME\n.XX", 1))
    assert "unknown macro" in lint(broken)


def test_man_shows_it_by_name_without_a_warning(share: Path) -> None:
    needed("man")
    environment = {**os.environ, "MANPATH": str(share / "man"), "MANWIDTH": "80", "LC_ALL": "C.UTF-8"}
    command = ["man", "--warnings", "backuptool"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert "   backuptool restore [OPTION]... [NAME]..." in lines
    assert max(map(len, lines)) <= 80


def typed(argv: Sequence[str | Path], setup: str, keys: str, expected: str, folder: Path) -> None:
    """Type `setup` and `keys` at a terminal; returns when `expected` is on it."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(folder), "LC_ALL": "C.UTF-8"}
        os.execvpe(argv[0], [str(word) for word in argv], environment)  # noqa: S606 - no shell: the shell itself
    try:
        # What is run in the end is shown in brackets: a terminal's own picture of the line is full of its movements.
        setup = f"""backuptool() {{ echo "<$*>"; }}; {setup}; echo set-''up\n"""
        os.write(terminal, setup.encode())
        _until(terminal, "set-up")
        os.write(terminal, keys.encode())
        _until(terminal, expected)
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def _until(terminal: int, expected: str) -> None:
    shown, end = "", time.monotonic() + 60
    while expected not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        assert ready, f"no {expected!r} in {shown!r}"
        shown += os.read(terminal, 4096).decode(errors="replace")


CASES = [
    ("backuptool res\t--into x\n", "<restore --into x>"),
    ("backuptool restore --unauth\t\n", "<restore --unauthenticated>"),
    ("backuptool decrypt b_own\t\n", "<decrypt b_own.tar>"),
]


@pytest.mark.parametrize(("keys", "expected"), CASES)
def test_bash_completes_commands_options_and_files(share: Path, tmp_path: Path, keys: str, expected: str) -> None:
    (tmp_path / "b_own.tar").touch()
    subprocess.run(["bash", "-n", share / BASH], check=True)
    typed(["bash", "--norc", "--noprofile", "-i"], f"source '{share / BASH}'", keys, expected, tmp_path)


@pytest.mark.parametrize(("keys", "expected"), CASES)
def test_zsh_completes_commands_options_and_files(share: Path, tmp_path: Path, keys: str, expected: str) -> None:
    needed("zsh")
    (tmp_path / "b_own.tar").touch()
    setup = f"fpath=('{share}/zsh/site-functions' $fpath); autoload -U compinit; compinit -u -D"
    # Where an operand could stand too, the first Tab lists what there is, the second puts it in.
    typed(["zsh", "-f", "-i"], setup, keys.replace("unauth\t", "unauth\t\t"), expected, tmp_path)


@pytest.mark.parametrize(
    ("line", "expected"),
    [("res", "restore"), ("restore --unauth", "--unauthenticated"), ("decrypt b_own", "b_own.tar")],
)
def test_fish_completes_commands_options_and_files(share: Path, tmp_path: Path, line: str, expected: str) -> None:
    needed("fish")
    (tmp_path / "b_own.tar").touch()
    script = f"source '{share}/fish/vendor_completions.d/backuptool.fish'; complete -C 'backuptool {line}'"
    environment = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(
        ["fish", "--no-config", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert expected in [one.split("\t")[0] for one in done.stdout.splitlines()], done.stdout + done.stderr


def test_fish_finds_it_on_a_server_by_the_link_that_the_readme_shows(share: Path, tmp_path: Path) -> None:
    """Without XDG_DATA_DIRS it does not look into /usr/local/share."""
    needed("fish")
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    target, folder = re.findall(r"`ln -s /opt/backuptool/share/(\S+) (/etc/fish/\S+)/`", readme)[0]
    assert (share / target).is_file()
    searched = subprocess.run(
        ["fish", "-c", "string join \\n $fish_complete_path"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert folder in searched
    assert "/usr/local/share/fish/vendor_completions.d" not in searched
