"""`make release-check`: from a clean clone to artifacts that were installed and did their job. dist/ has them then.

RELEASE_TAG in the environment: the tag that it is done for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from backuptool.cli.parser import parser
from release import roots
from release.artifacts import SHARE, build, check_same, check_whole, clone, epoch, sums
from release.bill import name_subject
from release.installed import Installed, check_alone, check_demo, check_share, install
from release.manpage import commands
from release.pyz import VERSIONS, build_pyz
from release.refused import Refused
from release.tree import check_tree, git, section

TOP = Path(__file__).parents[1]
# One way through compose, by stock openssl, by cron's wrapper, and what is in share: on the installed tool.
ROUND_TRIP = "integration/test_round_trip.py::test_"
TESTS = [
    f"{ROUND_TRIP}a_backup_is_made_listed_verified_and_restored[digest-pg_dump-compose v2]",
    f"{ROUND_TRIP}stock_commands_open_the_stored_file_without_the_tool[pg_dump]",
    f"{ROUND_TRIP}the_cron_wrapper_leaves_a_verified_bundle_and_says_nothing",
    f"{ROUND_TRIP}the_cron_wrapper_says_what_is_wrong_and_fails",
    "integration/test_share.py",
]


def main() -> int:
    """Exit code 0, or 1 with a line that says what is wrong."""
    try:
        with TemporaryDirectory(prefix="backuptool-release-") as folder:
            Release(TOP, Path(folder)).make(TOP / "dist")
    except Refused as error:
        print(f"release-check: {error}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is done, and how long it took."""
    print(f"--- {name}", flush=True)
    begin = time.monotonic()
    yield
    print(f"    {time.monotonic() - begin:.0f} s", flush=True)


@dataclass
class Release:
    """One release of the source in `top`, made in `folder`."""

    top: Path
    folder: Path

    def make(self, dist: Path) -> None:
        """All of it; `dist` gets the artifacts, or stays as it is. Raises Refused."""
        with step("the source: clean, tagged as it says, in the changelog"):
            version = check_tree(self.top, os.environ.get("RELEASE_TAG", ""))
        with step("a Docker engine"):
            roots.engine()
        with ThreadPoolExecutor() as beside:
            images = {tag: beside.submit(roots.image, release) for tag, release in roots.RELEASES.items()}
            wheel = self._built()
            files = {tag: beside.submit(build_pyz, wheel, tag, self.out, self.epoch) for tag in VERSIONS}
            trips = {tag: beside.submit(self._round_trip, files[tag], images[tag], version) for tag in VERSIONS}
            self._installed(wheel, version)
            for tag, trip in trips.items():
                with step(f"backuptool-{tag}.pyz in a clean {roots.RELEASES[tag]}"):
                    print(*(f"    {line}" for line in trip.result()), sep="\n")
        with step("sums, bill of materials, notes"):
            self.describe(version)
            shutil.rmtree(dist, ignore_errors=True)
            shutil.copytree(self.out, dist)
        print(*(f"{digest}  {name}" for name, digest in sums(dist).items()), sep="\n")

    @property
    def out(self) -> Path:
        """Where the artifacts are put."""
        return self.folder / "out"

    @property
    def epoch(self) -> str:
        """The commit's time."""
        return epoch(self.folder / "clone")

    @property
    def installed(self) -> Installed:
        """Where the wheel is installed."""
        return Installed(self.folder / "installed")

    def says(self, version: str) -> str:
        """What --version must print."""
        return f"backuptool {version} (commit {git(self.folder / 'clone', 'rev-parse', '--short=12', 'HEAD')})"

    def _built(self) -> Path:
        with step("sdist and wheel from a clean clone"):
            source = clone(self.top, self.folder / "clone")
            build(source, self.out)
        with step("the same bytes from another clone, umask and time zone"):
            mask = os.umask(0o077)
            try:
                again = clone(self.top, self.folder / "private" / "elsewhere")
                build(again, self.folder / "again", TZ="Asia/Kathmandu")
            finally:
                os.umask(mask)
            check_same(self.out, self.folder / "again")
        with step("all files are in them; twine check"):
            check_whole(self.out, source)
            artifacts = [str(path) for path in self.out.iterdir()]
            run("twine", [sys.executable, "-m", "twine", "check", "--strict", *artifacts])
        (wheel,) = self.out.glob("*.whl")
        return wheel

    def _installed(self, wheel: Path, version: str) -> None:
        with step("the wheel in an empty environment: every command, no extra"):
            installed = install(wheel, self.installed.folder)
            check_alone(installed, self.says(version), commands(parser()))
            check_share(installed, self.folder / "clone" / SHARE)
        with step("bill of materials"):
            python = str(installed.folder / "bin" / "python")
            bill = self.out / f"backuptool_pg-{version}.cdx.json"
            command = ["cyclonedx_py", "environment", "--output-reproducible", "--output-file", str(bill), python]
            run("cyclonedx-bom", [sys.executable, "-m", *command], {"SOURCE_DATE_EPOCH": self.epoch})
            name_subject(bill)
        with step("the demo"):
            check_demo(installed, wheel)
        with step("compose round trip, openssl enc -d, cron's wrapper, man, completions"):
            environment = {
                "BACKUPTOOL": str(installed.tool), "BACKUPTOOL_WRAPPER": str(installed.wrapper),
                "BACKUPTOOL_SHARE": str(installed.share), "BACKUPTOOL_REQUIRE_DOCKER": "1",
            }  # fmt: skip
            run("pytest", [sys.executable, "-m", "pytest", "-q", *TESTS], environment)

    def _round_trip(self, file: Future[Path], root: Future[str], version: str) -> list[str]:
        """What is worth telling of it."""
        said = roots.round_trip(file.result(), root.result(), self.says(version))
        return [line for line in said.splitlines() if "compared" in line or "Python" in line]

    def describe(self, version: str) -> None:
        """Put SHA256SUMS of what is there, and the changelog's section, beside it."""
        lines = [f"{digest}  {name}\n" for name, digest in sums(self.out).items()]
        (self.out / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
        (self.out / "NOTES.md").write_text(section(self.top, version) + "\n", encoding="utf-8")


def run(name: str, command: list[str], environment: Mapping[str, str] | None = None) -> None:
    """Run a program in the project's folder. Raises Refused with the end of what it printed."""
    full = {**os.environ, **(environment or {})}
    done = subprocess.run(command, cwd=TOP, env=full, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{name}: {(done.stdout + done.stderr).strip()[-4000:]}")


if __name__ == "__main__":
    sys.exit(main())
