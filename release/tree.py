"""What must be true of the source before anything is built from it."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import date
from pathlib import Path

from release.refused import Refused

VERSION = r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}"  # what a builder makes of any other is another: 1.2.3-rc.1 is 1.2.3rc1
SECTION = r"^## \[{}\](?: - (.*))?\n"


def git(top: Path, *words: str) -> str:
    """What git says of `top`, whichever repository a git hook names, without the last line's end. Raises Refused."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    asked = ["git", "-C", str(top), *words]
    try:
        done = subprocess.run(asked, env=kept, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Refused("there is no git in PATH") from None
    if done.returncode:
        raise Refused(f"git {words[0]}: {_first_line(done.stderr)}")
    return done.stdout.rstrip("\n")


def _first_line(text: str) -> str:
    """What git says first; advice follows."""
    return next(iter(text.strip().splitlines()), "it fails and says nothing")


def version_of(top: Path) -> str:
    """The version, from the one place where it stands. Raises Refused."""
    text = _text(top, "backuptool/__init__.py")
    found = re.search(r'^__version__ = "(.*)"$', text, re.MULTILINE)
    if not found:
        raise Refused("backuptool/__init__.py says no __version__")
    if not re.fullmatch(VERSION, found[1]):
        raise Refused(f"backuptool/__init__.py: the version {found[1]} is not of three numbers")
    return found[1]


def check_tree(top: Path, tag: str = "") -> str:
    """Nothing is changed, tags are the version's, the changelog has its section; gives the version. Raises Refused.

    `tag`: one that must be there, when it is for a tag that this is done.
    """
    changed = git(top, "status", "--porcelain", "--untracked-files=normal").splitlines()
    if changed:
        raise Refused(
            f"the tree is dirty: {changed[0].strip()}{f' and {len(changed) - 1} more' if changed[1:] else ''}"
        )
    version = version_of(top)
    there = git(top, "tag", "--points-at", "HEAD").splitlines()
    for one in [tag, *there] if tag else there:
        if one != f"v{version}":
            raise Refused(f"the tag {one} is not the version: backuptool/__init__.py says {version}")
    if tag and tag not in there:
        raise Refused(f"the tag {tag} is not at this commit")
    day, committed = released(top, version), git(top, "log", "-1", "--format=%cs")
    if day > committed:
        raise Refused(f"CHANGELOG.md: the section [{version}] is of {day}, the commit of {committed}")
    if there and _said_under("Unreleased", _changelog(top)):
        raise Refused(f"CHANGELOG.md has changes under [Unreleased]: they belong into [{version}]")
    return version


def released(top: Path, version: str) -> str:
    """The day of `version`, yyyy-mm-dd, as the changelog says. Raises Refused."""
    return _in_changelog(top, version)[0]


def section(top: Path, version: str) -> str:
    """What the changelog says of `version`. Raises Refused when it says nothing, or no day."""
    return _in_changelog(top, version)[1]


def _in_changelog(top: Path, version: str) -> tuple[str, str]:
    text = _changelog(top)
    found = re.search(SECTION.format(re.escape(version)), text, re.MULTILINE)
    if not found:
        raise Refused(f"CHANGELOG.md has no section [{version}]")
    try:
        day = date.fromisoformat(found[1] or "").isoformat()
    except ValueError:
        raise Refused(f"CHANGELOG.md: the section [{version}] has no date: ## [{version}] - yyyy-mm-dd") from None
    said = _said_under(version, text)
    if not said:
        raise Refused(f"CHANGELOG.md: the section [{version}] is empty")
    return day, said


def _changelog(top: Path) -> str:
    return _text(top, "CHANGELOG.md")


def _text(top: Path, name: str) -> str:
    try:
        return (top / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Refused(f"there is no {name} in {top}") from None


def _said_under(name: str, text: str) -> str:
    """What stands under a heading, up to the next one; empty where there is no such heading."""
    found = re.search(SECTION.format(re.escape(name)), text, re.MULTILINE)
    return re.split(r"^## \[", text[found.end() :], maxsplit=1, flags=re.MULTILINE)[0].strip() if found else ""
