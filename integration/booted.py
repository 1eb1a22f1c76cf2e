"""A machine that systemd runs, as process 1 of a container, with the tool in it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from integration.conftest import TOP, Stack
from integration.machines import download, image, machine
from tests.programs import lacking

# systemd has to mount; CAP_DAC_READ_SEARCH is one of the two that the unit leaves to the service. AppArmor's profile
# would forbid the mounts, docker's own filter some calls that a unit may make.
RIGHTS = (
    "--cgroupns=private", "--cap-add=SYS_ADMIN", "--cap-add=DAC_READ_SEARCH", "--security-opt=apparmor=unconfined",
    "--security-opt=seccomp=unconfined", "--tmpfs=/run:exec", "--tmpfs=/run/lock", "--env=container=docker",
)  # fmt: skip
WANTED = "systemd runs in no container here"
INSTALL = """
python3 -m venv /opt/backuptool
/opt/backuptool/bin/pip install -q backuptool-pg
ln -s /opt/backuptool/bin/backuptool /usr/local/bin/backuptool
"""


@dataclass(frozen=True)
class Machine:
    """It, and ways to look at it that do not go through the tool."""

    name: str

    def run(self, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = ["docker", "exec", "-i", self.name, *argv]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)

    def ok(self, *argv: str, stdin: str = "") -> str:
        done = self.run(*argv, stdin=stdin)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def write(self, path: str, text: str) -> None:
        """A new file that is root's alone, in a folder that is made for it."""
        self.ok("sh", "-c", 'umask 077; mkdir -p "$(dirname "$1")" && cat > "$1"', "sh", path, stdin=text)

    def shown(self, unit: str, name: str) -> str:
        """What systemd has for one property of the unit."""
        return self.ok("systemctl", "show", "-P", name, unit).strip()

    def night(self) -> tuple[str, str]:
        """Let systemd run the service as the timer does; its result and the exit code of the tool."""
        self.run("systemctl", "reset-failed", "backuptool.service")  # five starts in ten seconds are its limit
        self.run("systemctl", "start", "backuptool.service")
        return self.shown("backuptool.service", "Result"), self.shown("backuptool.service", "ExecMainStatus")

    def journal(self) -> list[tuple[str, str]]:
        """Of the service's last run: each line of the tool with its priority."""
        self.ok("journalctl", "--sync")  # what was said is in it only when the journal's daemon had its turn
        run = f"_SYSTEMD_INVOCATION_ID={self.shown('backuptool.service', 'InvocationID')}"
        lines = map(json.loads, self.ok("journalctl", "-o", "json", run).splitlines())
        return [(line["PRIORITY"], line["MESSAGE"]) for line in lines]


@contextmanager
def booted(stack: Stack, folder: Path) -> Iterator[Machine]:
    """It, in the network of the stack. Skips, or fails where CI requires all, where no container may run systemd."""
    table = tomllib.loads((TOP / "pyproject.toml").read_text())
    download(folder, table["project"]["dependencies"])
    wheel = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, *wheel, str(TOP)], check=True)
    image("newcomer")
    options = [*RIGHTS, f"--network={stack.project}_default", "--hostname=machine"]
    mounts = {stack.compose_file: "/srv/broker/docker-compose.yml:ro"}
    tag = image("systemd")
    with ExitStack() as running:
        try:
            made = Machine(running.enter_context(machine(tag, folder, mounts, options)))
        except subprocess.CalledProcessError as error:
            lacking(f"{WANTED}: {error.stderr}")
        _wait(made)
        made.ok("sh", "-ec", INSTALL)
        yield made


def _wait(made: Machine) -> None:
    """Until it is up: before it listens, it cannot be asked to tell."""
    ready = "until systemctl is-system-running --wait | grep -xE 'running|degraded'; do sleep 0.1; done"
    done = made.run("timeout", "300", "sh", "-c", ready)
    if done.returncode:
        said = subprocess.run(["docker", "logs", made.name], capture_output=True, text=True, check=False)
        lacking(f"{WANTED}: {done.stderr}{said.stdout}{said.stderr}")
