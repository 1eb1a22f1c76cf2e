"""What the workflows do is make targets that run anywhere, pinned actions, and no right too many."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).parents[2]
WORKFLOWS = {path.name: path for path in sorted((TOP / ".github" / "workflows").iterdir())}
TARGETS = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
READS = {"contents": "read"}
MAY = {
    ("release.yml", "pypi"): {"id-token": "write"},
    ("release.yml", "github"): {"contents": "write", "id-token": "write", "attestations": "write"},
}
PINNED = r"[\w-]+/[\w-]+@[0-9a-f]{40}"


def parsed(text: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - text alone: `on` is no boolean
    return loaded


def mistakes(name: str, workflow: dict[str, Any]) -> list[str]:
    """What a workflow has that it may not have."""
    found = [] if workflow.get("permissions") == {} else ["permissions for all jobs"]
    for job_name, job in workflow["jobs"].items():
        if job.get("permissions") != MAY.get((name, job_name), READS):
            found.append(f"{job_name}: permissions")
        if not job.get("timeout-minutes"):
            found.append(f"{job_name}: no timeout")
        for step in job["steps"]:
            found += [f"{job_name}: {one}" for one in step_mistakes(step)]
    return found


def step_mistakes(step: dict[str, Any]) -> list[str]:
    if "uses" in step:
        kept = (
            step["uses"].startswith("actions/checkout@") and step.get("with", {}).get("persist-credentials") != "false"
        )
        return ["not pinned"] * (not re.fullmatch(PINNED, step["uses"])) + ["credentials stay"] * kept
    words = re.fullmatch(r'make ([a-z-]+)((?: [A-Z]+=(?:"[^"$]*"|[^" $]+))*)', step["run"])
    if words is None:
        return [f"more than a make target: {step['run']}"]
    targets = [words[1], *re.findall(r"TARGETS=\"?([a-z -]+)", words[2])]
    return [f"no target {one}" for several in targets for one in several.split() if one not in TARGETS]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_only_what_it_may_have(name: str) -> None:
    assert mistakes(name, parsed(WORKFLOWS[name].read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("make ci TARGETS=release-check", "make ci TARGETS=release-chck"), "check: no target release-chck"),
        (("make publish-github", "gh release create"), "github: more than a make target: gh release create"),
        (("make publish-github", "make publish-github; true"), "github: more than a make target"),
        (("make publish-github", "make publish-github X=${{ github.ref_name }}"), "github: more than a make target"),
        (("make publish-github", "make publish"), "github: no target publish"),
        (("@dc37677b2e1c63e2034f94d8a5b11f265b73ba33", "@release/v1"), "pypi: not pinned"),
        (
            ("      id-token: write  # trusted", "      contents: write\n      id-token: write  # trusted"),
            "pypi: permissions",
        ),
        (("permissions: {}", "permissions: write-all"), "permissions for all jobs"),
        (("    timeout-minutes: 60\n", ""), "check: no timeout"),
        (("persist-credentials: false", "persist-credentials: true"), "check: credentials stay"),
    ],
)
def test_what_it_may_not_have_is_found(change: tuple[str, str], said: str) -> None:
    text = WORKFLOWS["release.yml"].read_text(encoding="utf-8")
    assert change[0] in text
    (found, *_) = mistakes("release.yml", parsed(text.replace(*change)))
    assert found.startswith(said)


def test_every_pin_says_which_version_it_is() -> None:
    for path in WORKFLOWS.values():
        for line in path.read_text(encoding="utf-8").splitlines():
            assert "uses:" not in line or re.search(r"@[0-9a-f]{40}  # v\d+\.\d+\.\d+$", line), line


def test_what_is_published_is_what_was_checked() -> None:
    jobs = parsed(WORKFLOWS["release.yml"].read_text(encoding="utf-8"))["jobs"]
    assert jobs["check"]["steps"][1]["run"] == "make ci TARGETS=release-check"
    assert (jobs["pypi"]["needs"], jobs["github"]["needs"]) == ("check", "pypi")
    assert not [step for name in ("pypi", "github") for step in jobs[name]["steps"] if "build" in step.get("run", "")]


def test_what_pypi_must_be_told_once_is_what_the_workflow_is_called() -> None:
    job = parsed(WORKFLOWS["release.yml"].read_text(encoding="utf-8"))["jobs"]["pypi"]
    said = (TOP / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"this repository, `release.yml`, environment `{job['environment']}`" in said


def test_every_python_and_postgres_that_is_promised_is_in_ci() -> None:
    jobs = parsed(WORKFLOWS["ci.yml"].read_text(encoding="utf-8"))["jobs"]
    classifiers = re.findall(r"Python :: (3\.\d+)", (TOP / "pyproject.toml").read_text(encoding="utf-8"))
    assert jobs["unit"]["strategy"]["matrix"]["python"] == classifiers
    with_an_engine = jobs["postgres"]
    assert with_an_engine["strategy"]["matrix"] == {
        "python": classifiers,
        "postgres": ["13", "14", "15", "16", "17", "18"],
    }
    assert with_an_engine["container"]["image"] == "python:${{ matrix.python }}-bookworm"
