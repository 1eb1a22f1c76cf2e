"""A run of a plan, told to whoever wants to know: before, after, when it failed. Not to reach one is a warning."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from backuptool.amounts import took
from backuptool.backup import Made
from backuptool.config import Plan
from backuptool.errors import BackuptoolError, Interrupted
from backuptool.hooks import run_hook
from backuptool.last_lines import LastLines, last_lines
from backuptool.notify import Event, Ping

HURRY = 30  # s for the hook of a run that a signal ends: systemd waits for 90 s
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Run:
    """One run of a plan; who makes the backup sets `made`: it counts, whatever goes wrong after it."""

    made: Made | None = None
    begin: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self.begin


@contextmanager
def announced(plan: Plan, run: Run) -> Iterator[None]:
    """Everybody is told before this block and after it. Raises BackuptoolError when the hook `before` fails."""
    ping = _ping(plan)
    with last_lines() as said:
        try:
            _send(ping, "start")
            _before(plan)
            yield
        except BaseException as error:
            _failed(plan, run, error, ping, said)
            raise
        _send(ping, "success", f"{plan.name}: done in {took(run.seconds)}\n\n", said)
        _hook("after", plan, plan.hooks.after, _facts(plan, run, 0, ""), plan.hooks.timeout)


def announce_failure(plan: Plan, run: Run, error: BackuptoolError) -> None:
    """Everybody is told of a run that could not begin."""
    with last_lines() as said:
        _failed(plan, run, error, _ping(plan), said)


def _failed(plan: Plan, run: Run, error: BaseException, ping: Ping | None, said: LastLines) -> None:
    code, reason, hint = _told(error)
    _send(ping, "fail", f"{reason}\n{hint}\n\n", said)
    limit = min(HURRY, plan.hooks.timeout) if isinstance(error, Interrupted) else plan.hooks.timeout
    _hook("failed", plan, plan.hooks.failed, _facts(plan, run, code, reason), limit)


def _ping(plan: Plan) -> Ping | None:
    try:
        return plan.notify.open()
    except BackuptoolError as error:
        log.warning("nobody is told of this run: %s", error.message)
        return None


def _send(ping: Ping | None, event: Event, text: str = "", said: LastLines | None = None) -> None:
    if ping is not None:
        ping.send(event, text + said.text(ping.url) if said else text)


def _before(plan: Plan) -> None:
    """What the owner wants done first may be what a backup needs: a disk that is mounted, a writer that pauses."""
    facts = {"BACKUPTOOL_PLAN": plan.name, "BACKUPTOOL_EVENT": "before"}
    if plan.hooks.before and (wrong := run_hook(plan.hooks.before, facts, plan.hooks.timeout)):
        raise BackuptoolError(
            _of_hook("before", plan, wrong),
            hint="no backup was made; run it by hand, and let it end with 0 where a backup should be made all the same",
        )


def _hook(event: str, plan: Plan, argv: Sequence[str], facts: Mapping[str, str], limit: float) -> None:
    if argv and (wrong := run_hook(argv, {**facts, "BACKUPTOOL_EVENT": event}, limit)):
        log.warning("%s", _of_hook(event, plan, wrong))


def _of_hook(event: str, plan: Plan, wrong: str) -> str:
    """By its key in the configuration: the words there may hold a secret, and this goes into mails."""
    return f"hooks.{event} of {plan.name}: {wrong}"


def _facts(plan: Plan, run: Run, code: int, reason: str) -> dict[str, str]:
    """What a hook is told; what is not known is not there."""
    facts = {
        "BACKUPTOOL_PLAN": plan.name,
        "BACKUPTOOL_EXIT_CODE": str(code),
        "BACKUPTOOL_SECONDS": str(round(run.seconds)),
    }
    if run.made is not None:
        facts["BACKUPTOOL_BACKUP"], facts["BACKUPTOOL_SIZE"] = run.made.name, str(run.made.size)
        facts["BACKUPTOOL_STORES"] = "\n".join(run.made.stores)
    return {**facts, "BACKUPTOOL_ERROR": reason} if reason else facts


def _told(error: BaseException) -> tuple[int, str, str]:
    """The exit code, the message, the hint."""
    if isinstance(error, BackuptoolError):
        return error.exit_code, error.message, f"hint: {error.hint}"
    if isinstance(error, Interrupted):
        return error.exit_code, f"interrupted by {error}", ""
    return 1, str(error) or type(error).__name__, ""
