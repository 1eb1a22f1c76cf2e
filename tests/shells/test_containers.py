"""What is said when a service's or a container's programs cannot be run; never an `up` that makes a second database."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from backuptool.errors import SourceError
from backuptool.shells.compose import Compose
from backuptool.shells.container import Container
from backuptool.shells.local import Local
from backuptool.shells.stream import output
from tests.shells.programs import install_engine

RUNNING = {"ids": "abc\n", "state_abc": "true false /site-postgres-1\n"}
DAEMON = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n"
SOCKET = (
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get"
    ' "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/containers/json": dial unix /var/run/docker.sock: connect: denied\n'
)
V1_DAEMON = (
    "Traceback (most recent call last):\n  File \"x\"\nConnectionRefusedError: x\n"
    "docker.errors.DockerException: Error while fetching server API version:"
    " ('Connection aborted.', FileNotFoundError(2, 'No such file or directory'))\n"
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "compose.yml").write_text("services: {}\n")
    return str(tmp_path / "compose.yml")


def compose(folder: Path, file: str, service: str = "postgres", project: str = "", **answers: str) -> Compose:
    return Compose(file, service, Local(install_engine(folder, **answers)), project=project)


def refusal(shell: Compose | Container) -> SourceError:
    with pytest.raises(SourceError) as caught:
        shell.command("true")
    return caught.value


def test_the_container_of_a_service_is_found_and_runs_programs(tmp_path: Path, file: str) -> None:
    assert output(compose(tmp_path, file, **RUNNING).command("echo", "here")) == b"here\n"


def test_of_a_service_that_runs_nothing_more_is_asked_than_where_and_whether(tmp_path: Path, file: str) -> None:
    """A question to docker is 0.1 s and more, as long as the dump of a small database."""
    compose(tmp_path, file, **RUNNING).command("true")
    asked = (tmp_path / "answers" / "asked").read_text().splitlines()
    assert [line.split()[0] for line in asked] == ["compose", "inspect"]


def test_where_no_compose_is_there_nothing_of_the_project_is_said(tmp_path: Path, file: str) -> None:
    for name in ("docker", "docker-compose"):
        (tmp_path / name).write_text("#!/bin/sh\necho \"docker: 'compose' is not a docker command.\" >&2; exit 1\n")
        (tmp_path / name).chmod(0o755)
    error = refusal(Compose(file, "postgres", Local(str(tmp_path))))
    assert error.message == "neither `docker compose` nor `docker-compose` answers on this host"


def test_a_projects_name_is_given_to_compose(tmp_path: Path, file: str) -> None:
    compose(tmp_path, file, project="other", **RUNNING).command("true")
    assert f"compose -f {file} -p other ps -q postgres" in (tmp_path / "answers" / "asked").read_text()


@pytest.mark.parametrize("labels", ["other\t/elsewhere\t{file}\n", "other\t{folder}\tcompose.yml\n"], ids=["v2", "v1"])
def test_a_service_that_runs_under_another_projects_name_is_never_started_again(
    tmp_path: Path, file: str, labels: str
) -> None:
    labels = labels.format(file=file, folder=tmp_path)
    error = refusal(compose(tmp_path, file, labels=labels))
    assert error.message == f"service postgres of {file} runs, but in the project other"
    table, _, variables = error.hint.partition("; ")
    assert table == 'add to the shell\'s table: project = "other"'
    assert variables == "without a configuration: export COMPOSE_PROJECT_NAME=other"


def test_it_is_found_through_symbolic_links_and_among_several_files(tmp_path: Path, file: str) -> None:
    link = tmp_path / "link.yml"
    link.symlink_to(file)
    error = refusal(compose(tmp_path, str(link), labels=f"other\t/\t/a.yml,{file}\n"))
    assert "project other" in error.message


def test_the_same_service_of_another_file_is_nobodys_business(tmp_path: Path, file: str) -> None:
    error = refusal(compose(tmp_path, file, labels="other\t/srv\t/srv/compose.yml\n"))
    assert error.message == "the container of service postgres is not running"
    assert error.hint == f"docker compose -f {file} up -d postgres"


def test_the_command_that_starts_it_can_be_pasted(tmp_path: Path) -> None:
    file = tmp_path / "a 'b'.yml"
    file.touch()
    assert shlex.split(refusal(compose(tmp_path, str(file))).hint)[2:4] == ["-f", str(file)]


def test_of_two_containers_none_is_taken(tmp_path: Path, file: str) -> None:
    answers = {"ids": "b\na\n", "state_a": "true false /site-postgres-1", "state_b": "true false /site-postgres-2"}
    error = refusal(compose(tmp_path, file, **answers))
    assert error.message == "service postgres runs in 2 containers: site-postgres-1, site-postgres-2"
    assert error.hint == 'say which one: shell = { type = "container", name = "site-postgres-1" }'


def test_a_stopped_container_beside_the_running_one_is_not_counted(tmp_path: Path, file: str) -> None:
    shell = compose(tmp_path, file, **{**RUNNING, "ids": "old\nabc\n", "state_old": "false false /site-postgres-2"})
    assert output(shell.command("echo", "here")) == b"here\n"


def test_a_service_that_the_file_has_not_is_said_with_the_one_that_was_meant(tmp_path: Path, file: str) -> None:
    error = refusal(compose(tmp_path, file, service="postgrse"))
    assert error.message == f"there is no service postgrse in {file}; did you mean postgres?"
    assert error.hint == "services: postgres, webdav"


@pytest.mark.parametrize(
    ("fails", "hint"),
    [(DAEMON, "systemctl status docker"), (V1_DAEMON, "systemctl status docker"), (SOCKET, "group docker")],
    ids=["daemon", "daemon, v1", "socket"],
)
def test_an_engine_that_does_not_answer_is_said(tmp_path: Path, file: str, fails: str, hint: str) -> None:
    shell = compose(tmp_path, file, fails=fails)
    assert hint in refusal(shell).hint
    assert hint in refusal(Container("db", Local(str(tmp_path)))).hint


@pytest.mark.parametrize(
    ("fails", "hint"),
    [
        ("error while interpolating services.db.environment.A: required variable A is missing a value: set A", ".env"),
        ("""Missing mandatory value for "environment" option interpolating {'A': '${A:?}'} in "db" """, ".env"),
        ('error during connect: Get "http://foo:2375/v1.45/containers/json": no such host', "DOCKER_HOST"),
        ('Failed to initialize: unable to resolve docker endpoint: context "x": context not found', "DOCKER_CONTEXT"),
    ],
    ids=["variable", "variable, v1", "DOCKER_HOST", "DOCKER_CONTEXT"],
)
def test_what_the_environment_lacks_or_has_wrong_is_hinted_at(tmp_path: Path, file: str, fails: str, hint: str) -> None:
    """Cron and systemd have nothing of what a shell exports, and the file is right."""
    assert hint in refusal(compose(tmp_path, file, fails=fails)).hint


def test_a_compose_file_that_only_v2_takes_is_said_with_what_is_wrong_in_it(tmp_path: Path, file: str) -> None:
    fails = (
        f"The Compose file '{file}' is invalid because:\n'name' does not match any of the regexes: '^x-'\n\n"
        "For more on the Compose file format versions, see https://docs.docker.com/compose/compose-file/\n"
    )
    error = refusal(compose(tmp_path, file, fails=fails))
    assert error.message.endswith("is invalid because: 'name' does not match any of the regexes: '^x-'")
    assert "install that" in error.hint


@pytest.mark.parametrize(
    ("state", "said", "hint"),
    [
        ("true true /db", "is paused", "docker unpause db"),
        ("false true /db", "is paused", "docker unpause db"),  # podman's way
        ("false false /db", "is not running", "docker start db; `docker logs db` tells why"),
        ("true false /db true", "ends as soon as it was started", "docker logs db tells why"),
        ("", "there is no container db on this host", "`docker ps` names those that run"),
    ],
)
def test_a_container_in_which_nothing_runs_is_said(tmp_path: Path, state: str, said: str, hint: str) -> None:
    error = refusal(Container("db", Local(install_engine(tmp_path, **({"state_db": state} if state else {})))))
    assert said in error.message
    assert error.hint == hint


def test_what_is_no_container_but_has_that_name_is_not_looked_at(tmp_path: Path) -> None:
    """docker inspect takes a network, an image or a volume for it."""
    error = refusal(Container("bridge", Local(install_engine(tmp_path))))
    assert error.message == "there is no container bridge on this host"


def test_a_paused_service_is_said(tmp_path: Path, file: str) -> None:
    error = refusal(compose(tmp_path, file, ids="abc", state_abc="true true /site-postgres-1"))
    assert error.message == f"service postgres of {file} is paused"
    assert error.hint == "docker unpause site-postgres-1"
