"""/etc/cron.daily/backuptool: the shipped wrapper, with this installation's own paths in it."""

from __future__ import annotations

import shlex
from importlib.resources import files
from pathlib import Path

from backuptool.install.files import File
from backuptool.install.programs import said

WRAPPER = Path("/etc/cron.daily/backuptool")
DAEMONS = ("usr/sbin/cron", "usr/sbin/crond", "usr/sbin/anacron", "usr/bin/crond", "lib/systemd/system/cron.service")


def cron(command: tuple[str, ...], config: Path) -> File:
    """The wrapper that runs `command` (absolute: cron's PATH is short) with the configuration `config`."""
    shipped = (files("backuptool") / "data" / "cron.daily").read_bytes()
    text = shipped.decode()
    for variable, value in (
        ('"${BACKUPTOOL:-backuptool}"', shlex.join(command)),
        ('"${BACKUPTOOL_CONFIG:-/etc/backuptool/config.toml}"', shlex.quote(str(config))),
    ):
        assert variable in text  # noqa: S101 - it is our own file
        text = text.replace(variable, value)
    return File(WRAPPER, text, 0o755, shipped)


def is_run(wrapper: Path) -> bool | None:
    """Whether run-parts takes the file `wrapper` (none with a dot in its name); None where there is no run-parts."""
    answer = said("run-parts", "--test", str(wrapper.parent))
    return None if answer is None else str(wrapper) in answer[1].splitlines()
