"""The matrix: which request, what happens to it, how often."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from backuptool.stores.webdav import Way
from integration.campaigns.faults.kinds import ANSWER, ANY, BODY, DONE, Kind


@dataclass(frozen=True)
class Target:
    """Requests of `method` with `part` in their path, to the server `ground`, by a put that goes this `way`.

    A healthy put sends `count`, after `passing` others of which this is not about.
    """

    name: str
    method: str
    ground: str
    kinds: tuple[Kind, ...]
    part: str = ""
    count: int = 1
    passing: int = 0
    way: Way = "auto"


@dataclass(frozen=True)
class When:
    """So many requests pass first, so many then meet the fault."""

    name: str
    passing: int
    times: int


@dataclass(frozen=True)
class Case:
    """One run."""

    target: Target
    kind: Kind
    when: When

    @property
    def name(self) -> str:
        """What `--case` takes."""
        return f"{self.target.name}:{self.kind.name}:{self.when.name}"

    @property
    def must_pass(self) -> bool:
        """Whether the file has to be stored in the end."""
        return self.kind.name == "delayed" or (self.kind.passes and self.when.times == 1)

    @property
    def is_provoked(self) -> bool:
        """Whether there is a second request only after a failure of the first; then the first is answered 503."""
        return self.when.name == "second" and self.target.count == 1


SAFE = ANY + ANSWER
CHANGE = ANY + DONE
UPLOAD = ANY + DONE + BODY

PLAIN = (
    Target("PROPFIND", "PROPFIND", "wsgidav", SAFE, count=4),
    Target("MKCOL", "MKCOL", "wsgidav", CHANGE),
    Target("PUT", "PUT", "wsgidav", UPLOAD),
    Target("MOVE", "MOVE", "wsgidav", CHANGE),
    Target("GET", "GET", "wsgidav", SAFE),
    Target("DELETE", "DELETE", "wsgidav", CHANGE, count=2),
)

CLOUDS = (
    Target("next-CAPABILITIES", "GET", "nextcloud", SAFE, "/ocs/"),
    Target("next-PROPFIND", "PROPFIND", "nextcloud", SAFE, "/files/", count=5),
    Target("next-FOLDER", "MKCOL", "nextcloud", CHANGE, "/uploads/"),
    Target("next-ARRIVED", "PROPFIND", "nextcloud", SAFE, "/uploads/", count=2),
    Target("next-CHUNK", "PUT", "nextcloud", UPLOAD, "/uploads/", count=3),
    Target("next-ASSEMBLE", "MOVE", "nextcloud", CHANGE, "/.file"),
    Target("next-PATCH", "PATCH", "nextcloud", CHANGE),
    Target("next-PUBLISH", "MOVE", "nextcloud", CHANGE, "/files/"),
    Target("next-DELETE", "DELETE", "nextcloud", CHANGE, "/uploads/", count=2),
    Target("own-TRIAL", "PUT", "owncloud", UPLOAD, "/uploads/", count=2),
    Target("own-TRIED", "MOVE", "owncloud", CHANGE, "/.file", count=2),
    Target("own-CHUNK", "PUT", "owncloud", UPLOAD, "/uploads/", count=3, passing=2),
    Target("own-ASSEMBLE", "MOVE", "owncloud", CHANGE, "/.file", passing=2),
    Target("own-PUBLISH", "MOVE", "owncloud", CHANGE, "/files/"),
    Target("next-PUT", "PUT", "nextcloud", UPLOAD, way="plain"),
    Target("own-PUT", "PUT", "owncloud", UPLOAD, passing=2, way="plain"),
)

WHEN = (When("first", 0, 1), When("second", 1, 1), When("always", 0, 1 << 30))
# Each question of a put has another reason.
LATER = tuple(When(name, number, 1) for number, name in enumerate(("third", "fourth", "fifth"), 2))


def cases(targets: tuple[Target, ...]) -> list[Case]:
    """All of them."""
    every = [Case(*one) for target in targets for one in product((target,), target.kinds, WHEN)]
    asking = [target for target in targets if target.method == "PROPFIND"]
    return every + [Case(*one) for target in asking for one in product((target,), target.kinds, _later(target))]


def _later(target: Target) -> tuple[When, ...]:
    return LATER[: target.count - len(WHEN[:2])]
