"""One case: a put with a fault, and whether it ended as it must."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backuptool.errors import StoreError
from backuptool.stores.names import upload_folder
from integration.campaigns.faults.cases import Case
from integration.campaigns.faults.ground import Ground
from integration.campaigns.faults.uploaders import MakeUploader
from tests.contracts.store import LEFTOVER, NAME, OTHERS
from tests.stores.faults import status
from tests.stores.faulty_proxy import Rule

NEXT = NAME.replace("23T", "24T")
LEFT = {LEFTOVER, LEFTOVER.replace("22T", "21T")}
FOREIGN = {"notes.txt", OTHERS}

CHUNKS_LEFT = {upload_folder(name.partition(".upload")[0], b"", 1) for name in LEFT}
CHUNKS_OF_OTHERS = {"web-file-upload-1", upload_folder(OTHERS.partition(".upload")[0], b"", 1)}


@dataclass(frozen=True)
class Outcome:
    """How one case ended: `met` times the fault happened; `problem` is empty when all is well."""

    case: Case
    met: int
    problem: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.case.name}: {self.problem or 'clean'} ({self.met} times, {self.seconds:.1f} s)"


class Attempt:
    """A case on a ground; `bundle`: what is put."""

    def __init__(self, case: Case, ground: Ground, make: MakeUploader, bundle: Path) -> None:
        self._case, self._ground, self._bundle = case, ground, bundle
        url, self._place = ground.collection()
        self._uploader = make(url, bundle.with_name("ca.pem"), case)
        self._cleans = case.target.method == "DELETE"  # then what is left is there for the next put to remove
        self._makes = case.target.method == "MKCOL" and not case.target.part  # then the collection is not there yet
        self._asked = len(ground.elsewhere.asked)
        self._failure: Exception | None = None
        self._names: set[str] = set()

    def run(self) -> Outcome:
        """Do it, and judge."""
        begin = time.monotonic()
        self._prepare()
        rule = self._rule()
        try:
            self._uploader.put(self._bundle, NAME)
        except Exception as error:  # noqa: BLE001 # anything but a StoreError is a failed case, not the matrix's end
            self._failure = error
        self._ground.proxy.forget()
        self._names = self._place.names()
        if self._cleans:
            self._uploader.put(self._bundle, NEXT)
        problems = [*self._said(), *self._published(), *self._left()]
        return Outcome(self._case, rule.met, "; ".join(problems), time.monotonic() - begin)

    def _prepare(self) -> None:
        if not self._makes:
            for name in FOREIGN | (LEFT if self._cleans else set()):
                self._place.write(name, b"half")
        if self._ground.cloud is not None:
            self._ground.cloud.expire()
            for name in CHUNKS_OF_OTHERS | (CHUNKS_LEFT if self._cleans else set()):
                (self._ground.cloud.uploads / name).mkdir()

    def _rule(self) -> Rule:
        case, proxy = self._case, self._ground.proxy
        method, part, passing = case.target.method, case.target.part, case.target.passing
        if case.is_provoked:
            proxy.on(method, status(503), part=part, passing=passing)
        else:
            passing += case.when.passing
        return proxy.on(method, case.kind.make(self._ground.elsewhere.url), case.when.times, part, passing=passing)

    def _said(self) -> Iterator[str]:
        """An error is a StoreError of one line with a hint, and not for what passes by itself."""
        failure = self._failure
        if len(self._ground.elsewhere.asked) > self._asked:
            yield "it asked elsewhere"
        if failure is None:
            return
        if not isinstance(failure, StoreError):
            yield f"{type(failure).__name__}: {failure}"
        elif "\n" in failure.message or not failure.hint:
            yield f"the error is not one line with a hint: {failure.message!r}"
        elif self._case.must_pass:
            yield f"a fault that passes by itself was not overcome: {failure.message}"

    def _published(self) -> Iterator[str]:
        """The final name: identical content, or nothing."""
        if self._failure is not None and NAME in self._names:
            yield "an error, but something has the final name"
        if self._failure is None and not self._is_stored():
            yield "no error, but the content is another or missing"

    def _is_stored(self) -> bool:
        return NAME in self._names and (self._place.path / NAME).read_bytes() == self._bundle.read_bytes()

    def _left(self) -> Iterator[str]:
        """Nothing of ours, everything of others."""
        names = self._place.names()
        if left := names - FOREIGN - {NAME, NEXT}:
            yield f"left: {', '.join(sorted(left))}"
        if left := self._ground.chunks() - CHUNKS_OF_OTHERS:
            yield f"chunks left: {', '.join(sorted(left))}"
        if not self._makes and not names >= FOREIGN:
            yield "files of others are gone"
        if self._ground.cloud is not None and not self._ground.chunks() >= CHUNKS_OF_OTHERS:
            yield "chunks of others are gone"
