"""What each job of the workflows does, all of it but rights, limits and pins, which test_workflows.py looks at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.release.test_workflows import WORKFLOWS, parsed

PYTHONS, VERSIONS = ["3.11", "3.12", "3.13", "3.14"], ["13", "14", "15", "16", "17", "18"]
ALONE = {"permissions", "timeout-minutes"}
CHECKOUT = {"uses": "actions/checkout", "with": {"persist-credentials": "false"}}
WHOLE = {"uses": "actions/checkout", "with": {"persist-credentials": "false", "fetch-depth": "0"}}  # for its tags
ROUND_TRIP = 'TESTS="integration/test_round_trip.py integration/test_drill.py"'


def engine(python: str) -> dict[str, str]:
    """A container in which a Docker engine can be started."""
    return {"image": f"python:{python}-bookworm", "options": "--privileged --volume /var/lib/docker"}


def download(name: str) -> dict[str, Any]:
    return {"uses": "actions/download-artifact", "with": {"name": name, "path": "dist/"}}


def upload(name: str, path: str) -> dict[str, Any]:
    return {
        "uses": "actions/upload-artifact",
        "with": {"name": name, "path": path, "if-no-files-found": "error", "overwrite": "true"},
    }


CI = {
    "lint": {"container": "python:3.11-bookworm", "steps": [CHECKOUT, {"run": "make lint"}]},
    "unit": {
        "strategy": {"fail-fast": "false", "matrix": {"python": PYTHONS}},
        "container": engine("${{ matrix.python }}"),
        "steps": [CHECKOUT, {"run": "make ci TARGETS=unit"}],
    },
    "lowest": {"container": engine("3.11"), "steps": [CHECKOUT, {"run": "make ci TARGETS=test-lowest"}]},
    "audit": {"container": "python:3.11-bookworm", "steps": [CHECKOUT, {"run": "make audit"}]},
    "all": {"container": engine("3.11"), "steps": [CHECKOUT, {"run": "make ci"}]},
    "postgres": {
        "strategy": {"fail-fast": "false", "matrix": {"python": PYTHONS, "postgres": VERSIONS}},
        "container": engine("${{ matrix.python }}"),
        "env": {"POSTGRES_IMAGE": "postgres:${{ matrix.postgres }}"},
        "steps": [CHECKOUT, {"run": f"make ci TARGETS=integration {ROUND_TRIP}"}],
    },
}
RELEASE = {
    "check": {
        "container": engine("3.11"),
        "env": {"RELEASE_TAG": "${{ github.ref_name }}"},
        "steps": [
            WHOLE,
            {"run": "make ci TARGETS=release-check"},
            upload("dist", "dist/"),
            upload("pypi", "dist/*.whl\ndist/*.tar.gz\n"),
        ],
    },
    "pypi": {
        "needs": "check",
        "environment": "pypi",
        "steps": [download("pypi"), {"uses": "pypa/gh-action-pypi-publish", "with": {"attestations": "true"}}],
    },
    "github": {
        "needs": "pypi",
        "steps": [
            CHECKOUT,
            download("dist"),
            {"uses": "actions/attest-build-provenance", "with": {"subject-checksums": "dist/SHA256SUMS"}},
            {"run": "make publish-github", "env": {"GH_TOKEN": "${{ github.token }}"}},
        ],
    },
}
PUSHED = {"push": {"branches": ["main"]}, "pull_request": "", "schedule": [{"cron": "17 4 * * 1"}]}


ONE_AT_A_TIME = {"concurrency": {"group": "ci-${{ github.ref }}", "cancel-in-progress": "true"}}
ELSEWHERE = {"name", "on", "permissions", "jobs"}  # of a workflow, looked at by another test or line


def unpinned(job: dict[str, Any]) -> dict[str, Any]:
    steps = [{**one, "uses": one["uses"].partition("@")[0]} if "uses" in one else one for one in job["steps"]]
    return {**{key: value for key, value in job.items() if key not in ALONE}, "steps": steps}


@pytest.mark.parametrize(
    ("name", "when", "besides", "jobs"),
    [("ci.yml", PUSHED, ONE_AT_A_TIME, CI), ("release.yml", {"push": {"tags": ["v*"]}}, {}, RELEASE)],
)
def test_a_workflow_does_this_then_and_nothing_else(
    name: str, when: dict[str, Any], besides: dict[str, Any], jobs: dict[str, Any]
) -> None:
    workflow = parsed(WORKFLOWS[name].read_text(encoding="utf-8"))
    assert workflow["on"] == when
    assert {key: value for key, value in workflow.items() if key not in ELSEWHERE} == besides
    assert list(workflow["jobs"]) == list(jobs)
    for job, wanted in jobs.items():
        assert unpinned(workflow["jobs"][job]) == {"runs-on": "ubuntu-latest", **wanted}, job
