"""STEM = PLAN_HOST_yyyy-mm-ddThhmmssZ: the name of a backup, and of every member made from it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from backuptool.contents import Plain

MOST = 24  # letters of a plan's or host's name
WORD = rf"[a-z0-9-]{{1,{MOST}}}"
STAMP = "%Y-%m-%dT%H%M%SZ"
PATTERN = re.compile(rf"({WORD})_({WORD})_(\d{{4}}-\d\d-\d\dT\d{{6}}Z)", re.ASCII)

RECOVER = "RECOVER.txt"
SEALED = "passphrase.sealed."  # and a number from 1 on
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
HMAC = "SHA256SUMS.hmac"
SIGNATURE = "SHA256SUMS.sig"

SQL = ".sql.gz.enc"
DATABASE = ".database.sql.gz.enc"
GLOBALS = ".globals.sql.gz.enc"
CONTENTS = ".contents.json.gz.enc"
MD5 = ".sql.gz.md5"
ENCRYPTED = (SQL, DATABASE, GLOBALS, CONTENTS)
PLAIN: dict[str, Plain] = {SQL: "sql", DATABASE: "database", GLOBALS: "globals"}  # as the contents call their sizes
MOST_RECIPIENTS = 20
MOST_MEMBERS = 10 + MOST_RECIPIENTS


@dataclass(frozen=True, slots=True, order=True)
class Stem:
    """Who made a backup, where, and when (UTC, whole seconds)."""

    plan: str
    host: str
    created: datetime

    @classmethod
    def now(cls, plan: str, host: str, now: datetime) -> Stem:
        """The name of a backup made at `now`; `host` may be any host name."""
        return cls(plan, host_word(host), now.astimezone(UTC).replace(microsecond=0))

    @classmethod
    def parse(cls, text: str) -> Stem | None:
        """The stem that `text` is, or None when it is none."""
        match = PATTERN.fullmatch(text)
        if match is None:
            return None
        try:
            created = datetime.strptime(match[3], STAMP).replace(tzinfo=UTC)
        except ValueError:  # the 31st of February
            return None
        # tar's time would have a minus
        return cls(match[1], match[2], created) if created.timestamp() >= 0 else None

    @classmethod
    def of_bundle(cls, name: str) -> Stem | None:
        """The stem of the bundle file `name`, or None when that is no bundle's name."""
        return cls.parse(name.removesuffix(".tar")) if name.endswith(".tar") else None

    @property
    def bundle(self) -> str:
        """The name of the bundle file."""
        return f"{self}.tar"

    def __str__(self) -> str:
        return f"{self.plan}_{self.host}_{self.created.strftime(STAMP)}"


def slug(text: str) -> str:
    """A name made of what a stem may hold: `Db1.Example.org` becomes `db1`."""
    return _word(text)[:MOST].strip("-") or "host"


def host_word(name: str) -> str:
    """A host's name in a stem; one that is too long ends with a sum of all of it: two that begin alike stay two."""
    word = _word(name)
    return slug(name) if len(word) <= MOST else f"{word[:17]}-{hashlib.sha256(word.encode()).hexdigest()[:6]}"


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.split(".", maxsplit=1)[0].lower()).strip("-")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which of the members that may be left out a bundle has, and for how many recipients it is sealed."""

    roles: bool = True
    md5: bool = True
    recipients: int = 0
    signed: bool = False

    @classmethod
    def of(cls, stem: Stem, found: list[str]) -> Layout:
        """The layout that these members must be in the order of."""
        recipients = sum(name.startswith(SEALED) for name in found)
        return cls(f"{stem}{GLOBALS}" in found, f"{stem}{MD5}" in found, recipients, SIGNATURE in found)

    def members(self, stem: Stem) -> list[str]:
        """Every member of format 1, in order."""
        optional = {GLOBALS: self.roles, MD5: self.md5}
        of_stem = [f"{stem}{suffix}" for suffix in (*ENCRYPTED, MD5) if optional.get(suffix, True)]
        sealed = [f"{SEALED}{number}" for number in range(1, self.recipients + 1)]
        return [RECOVER, *of_stem, *sealed, MANIFEST, SUMS, HMAC, *([SIGNATURE] if self.signed else [])]

    def covered(self, stem: Stem) -> list[str]:
        """The members that SHA256SUMS lists: all but itself and what authenticates it."""
        return [name for name in self.members(stem) if not name.startswith(SUMS)]
