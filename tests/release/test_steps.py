"""release-check does every step, in order, on what the step before made; one that refuses ends it and dist/ stays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from release import check, roots
from release.artifacts import sums
from release.check import TESTS, main
from release.installed import Installed
from release.refused import Refused
from release.tree import git
from tests.release.repository import repository, run

IN_ORDER = [
    "engine", "build", "build", "check_same", "check_whole", "twine", "install", "check_alone", "check_share",
    "cyclonedx-bom", "name_subject", "check_demo", "pytest",
]  # fmt: skip
BESIDE = {"image", "build_pyz", "round_trip"}  # in threads, while the others go on


class Steps:
    """Stands for all that builds or looks; writes down what it was called with, and refuses where it is asked to."""

    def __init__(self, refuses: str = "") -> None:
        self.called: list[tuple[str, Any]] = []
        self.refuses = refuses

    def note(self, name: str, *facts: Any) -> None:
        self.called.append((name, facts))
        if name == self.refuses:
            raise Refused(f"{name} is not as it should be")

    def of(self, name: str) -> list[Any]:
        return [facts for one, facts in self.called if one == name]

    def build(self, source: Path, out: Path, **environment: str) -> None:
        mask = os.umask(0)
        os.umask(mask)
        self.note("build", out.name, environment, mask)
        out.mkdir()
        for name in ("x.tar.gz", "x.whl"):
            (out / name).write_text(name)

    def install(self, wheel: Path, folder: Path) -> Installed:
        self.note("install", wheel.name)
        data = folder / "lib" / "python3.11" / "site-packages" / "backuptool" / "data"
        data.mkdir(parents=True)
        (data / "cron.daily").touch()
        return Installed(folder)

    def build_pyz(self, wheel: Path, tag: str, out: Path, epoch: str) -> Path:
        self.note("build_pyz", wheel.name, tag, epoch)
        (out / f"{tag}.pyz").write_text(tag)
        return out / f"{tag}.pyz"

    def engine(self) -> None:
        self.note("engine")

    def image(self, release: str) -> str:
        self.note("image", release)
        return f"root-{release}"

    def round_trip(self, pyz: Path, root: str, says: str) -> str:
        self.note("round_trip", pyz.name, root, says)
        return ""

    def run(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> None:
        self.note(name, command, environment)

    def look(self, name: str) -> Callable[..., None]:
        return lambda *facts: self.note(name, *facts)


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A source that has its tag, and an old release in dist/; whoever runs this, files are for everybody to read."""
    made = repository(tmp_path / "top")
    run(made, "tag", "v1.2.3")
    (made / ".git" / "info" / "exclude").write_text("dist/\n")
    (made / "dist").mkdir()
    (made / "dist" / "old.whl").touch()
    monkeypatch.setattr(check, "TOP", made)
    monkeypatch.setenv("RELEASE_TAG", "v1.2.3")
    mask = os.umask(0o022)
    yield made
    os.umask(mask)


def released(monkeypatch: pytest.MonkeyPatch, refuses: str = "") -> tuple[int, Steps]:
    steps = Steps(refuses)
    for name in ("build", "install", "build_pyz", "run"):
        monkeypatch.setattr(check, name, getattr(steps, name))
    for name in ("check_same", "check_whole", "check_alone", "check_share", "name_subject", "check_demo"):
        monkeypatch.setattr(check, name, steps.look(name))
    for name in ("engine", "image", "round_trip"):
        monkeypatch.setattr(roots, name, getattr(steps, name))
    return main(), steps


def test_every_step_is_done_in_order(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, steps = released(monkeypatch)
    assert code == 0
    assert [name for name, _ in steps.called if name not in BESIDE] == IN_ORDER
    (first, one, mask), (second, other, private) = steps.of("build")
    assert (first, second, one, other) == ("out", "again", {}, {"TZ": "Asia/Kathmandu"})
    assert private == 0o077 != mask
    assert steps.of("install") == [("x.whl",)]
    ((_, says, commands),) = steps.of("check_alone")
    assert says == f"backuptool 1.2.3 (commit {git(top, 'rev-parse', '--short=12', 'HEAD')})"
    assert {"backup", "restore", "demo"} <= set(commands)
    assert sorted(facts[:2] for facts in steps.of("build_pyz")) == [("x.whl", "py311"), ("x.whl", "py313")]
    assert sorted(steps.of("round_trip")) == [
        ("py311.pyz", "root-bookworm", says), ("py313.pyz", "root-trixie", says),
    ]  # fmt: skip


def test_twine_is_strict_and_gets_both_artifacts(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ((command, _),) = released(monkeypatch)[1].of("twine")
    assert command[1:5] == ["-m", "twine", "check", "--strict"]
    assert sorted(Path(one).name for one in command[5:]) == ["x.tar.gz", "x.whl"]


def test_the_bill_is_dated_by_the_commit_and_says_its_subject(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, steps = released(monkeypatch)
    ((command, environment),) = steps.of("cyclonedx-bom")
    assert environment == {"SOURCE_DATE_EPOCH": git(top, "log", "-1", "--format=%ct")}
    ((bill,),) = steps.of("name_subject")
    assert command[command.index("--output-file") + 1] == str(bill)


def test_the_tests_run_on_what_was_installed(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, steps = released(monkeypatch)
    ((command, environment),) = steps.of("pytest")
    assert command[1:] == ["-m", "pytest", "-q", *TESTS]
    installed = Installed(Path(environment["BACKUPTOOL"]).parents[1])
    assert installed.folder == steps.of("check_alone")[0][0].folder
    assert environment == {
        "BACKUPTOOL": str(installed.tool), "BACKUPTOOL_SHARE": str(installed.share),
        "BACKUPTOOL_WRAPPER": f"{installed.folder}/lib/python3.11/site-packages/backuptool/data/cron.daily",
        "BACKUPTOOL_REQUIRE_DOCKER": "1",
    }  # fmt: skip
    promised = ("restored", "without_the_tool", "says_nothing", "says_what_is_wrong_and_fails", "test_share.py")
    assert [one.partition("[")[0].rpartition(end)[1:] for one, end in zip(TESTS, promised, strict=True)] == [
        (end, "") for end in promised
    ]


def test_dist_has_what_was_checked_with_sums_and_notes(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    released(monkeypatch)
    assert sorted(sums(top / "dist")) == ["NOTES.md", "SHA256SUMS", "py311.pyz", "py313.pyz", "x.tar.gz", "x.whl"]
    assert len((top / "dist" / "SHA256SUMS").read_text().splitlines()) == 4


@pytest.mark.parametrize("step", dict.fromkeys([*IN_ORDER, *sorted(BESIDE)]))
def test_a_step_that_refuses_ends_it(
    top: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], step: str
) -> None:
    code, _ = released(monkeypatch, refuses=step)
    assert (code, capsys.readouterr().err) == (1, f"release-check: {step} is not as it should be\n")
    assert [path.name for path in (top / "dist").iterdir()] == ["old.whl"]


def test_the_tag_that_it_is_done_for_is_looked_at(
    top: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELEASE_TAG", "v1.2.4")
    code, steps = released(monkeypatch)
    assert (code, steps.called) == (1, [])
    assert capsys.readouterr().err.startswith("release-check: the tag v1.2.4 is not the version")
