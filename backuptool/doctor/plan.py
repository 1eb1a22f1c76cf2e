"""What a plan needs besides its stores: keys that work, a database that answers, room, and nobody else at it."""

from __future__ import annotations

import shutil
from dataclasses import asdict

from backuptool.amounts import number
from backuptool.backup import SHORT
from backuptool.config.duration import in_words
from backuptool.doctor.check import Check, Doubt
from backuptool.doctor.database import DATABASE
from backuptool.doctor.folders import FOLDERS
from backuptool.doctor.subject import Subject
from backuptool.errors import BackuptoolError
from backuptool.passphrase import read_passphrase
from backuptool.recipients import read_recipients
from backuptool.retention import Policy
from backuptool.signature import sign

SIGNERS = 'name whose signature is demanded in the plan: signers = "/etc/backuptool/allowed_signers"'


def _keys(subject: Subject) -> str:
    plan = subject.plan
    if plan.recipients:
        recipients = read_recipients(plan.recipients)
        return f"{number(len(recipients), 'recipient')}: {', '.join(one.fingerprint[:16] for one in recipients)}"
    assert plan.passphrase_file is not None  # noqa: S101 - the configuration has one of the two
    length = len(read_passphrase(plan.passphrase_file).reveal())
    if length < SHORT:
        hint = "backuptool keygen makes a better one; name this one in old_passphrase_files then"
        raise Doubt(f"{plan.passphrase_file}: a passphrase of only {length} bytes", hint=hint)
    return f"{plan.passphrase_file}: {length} bytes, closed to others"


def _signing(subject: Subject) -> str | None:
    key = subject.plan.signing_key
    if key is None:
        return None
    sign(b"", key)
    return f"{key} signs"


def _signers(subject: Subject) -> str | None:
    plan, signers = subject.plan, subject.plan.signers
    if signers is None:
        if plan.identity_file:
            anybody = f"anybody who has the public key can make what {plan.identity_file} opens"
            raise Doubt(f"{anybody}, and no signature is demanded", hint=SIGNERS)
        if plan.recipients:
            raise Doubt("nothing here proves what was sealed: `check` believes no backup", hint=SIGNERS)
        return None
    if not signers.read_bytes().strip():
        raise BackuptoolError(f"{signers} names no signer", hint="backuptool keygen --signing makes one")
    return f"backups must be signed as {signers} says"


def _keep(subject: Subject) -> str:
    if subject.plan.keep is None:
        raise Doubt(
            "nothing says what to keep, so nothing is ever removed",
            hint="put this into the plan: keep = {last = 7, daily = 14, weekly = 8, monthly = 12}",
        )
    return f"{_in_words(subject.plan.keep)}; the rest is removed after each backup"


def _in_words(keep: Policy) -> str:
    """As the configuration has it; the minimum is always there."""
    counts = {name: count for name, count in asdict(keep).items() if count and name != "minimum"}
    within = counts.pop("within", None)
    words = [f"{name} {count}" for name, count in counts.items()]
    return ", ".join([*words, *([f"within {in_words(within)}"] if within else [])])


def _told(subject: Subject) -> str | None:
    """Who is told is not pinged here: a watcher would take it for a run."""
    hooks, ping = subject.plan.hooks, subject.plan.notify.open()
    for argv in (hooks.before, hooks.after, hooks.failed):
        if argv and shutil.which(argv[0]) is None:
            raise BackuptoolError(f"the hook {argv[0]} is no program", hint="give its path, and chmod +x it")
    return f"{ping} is pinged by a run; it was not now" if ping else None


PLAN: tuple[Check[Subject], ...] = (
    Check("keys", _keys),
    Check("signing", _signing),
    Check("signers", _signers),
    Check("keep", _keep),
    Check("told", _told),
    *DATABASE,
    *FOLDERS,
)
