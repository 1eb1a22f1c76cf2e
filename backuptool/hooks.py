"""Commands of the owner's, run on this host around a backup: with facts in the environment, and never a secret."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

from backuptool.ended import ended
from backuptool.interruption import held, released
from backuptool.shells.running import Collected

# What a program needs to work at all. Everything else, tokens and passwords among it, stays with us.
PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_RUNTIME_DIR")
log = logging.getLogger(__name__)


def run_hook(argv: Sequence[str], facts: Mapping[str, str], limit: float) -> str:
    """Run `argv` with `facts` in its environment; empty when it ended with 0, else what was wrong, in a few words.

    After `limit` seconds it is ended, with all that it started in its process group. What it prints goes to the log:
    the last line of one that failed as a warning.
    """
    log.debug("runs the hook %s", argv[0])
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment = kept | {name: value.replace("\0", "") for name, value in facts.items()}
    with held():
        try:
            process = subprocess.Popen(
                argv, env=environment, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            return f"{argv[0]}: {error.strerror or error}"
        assert process.stdout is not None  # noqa: S101 - it was opened with a pipe
        printed = Collected(process.stdout)
        try:
            with released():
                return _outcome(argv[0], process, printed, limit)
        finally:
            if process.poll() is None:
                _end(process)
            printed.close()


def _outcome(name: str, process: subprocess.Popen[bytes], printed: Collected, limit: float) -> str:
    code = ended(process, limit)
    if code is None:
        _end(process)
        return f"{name} was ended after {limit:g} s"
    said = printed.content().decode(errors="replace")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for line in lines:
        log.debug("%s: %s", name, line)
    if code == 0:
        return ""
    how = f"ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return f"{name} {how}" + (f": {lines[-1]}" if lines else "")


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
