"""Whether a store takes a file, and lets go of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from backuptool.bundle.names import host_word
from backuptool.config import Plan
from backuptool.doctor.check import Doubt
from backuptool.doctor.shelf import Shelf
from backuptool.errors import Locked, StoreError
from backuptool.lock import locked
from backuptool.staging import staging, writing
from backuptool.stores.names import probe_name

WORDS = {"size": "its size is right", "server-hash": "proven by the server's sum", "download": "read back"}
PROBE = b"backuptool doctor put this here, and deletes it.\n"


def trial(shelf: Shelf) -> str:
    """A file of a name that is only doctor's, under the plan's lock: what is there of that name was left by another."""
    name = probe_name(shelf.plan.name, host_word(shelf.plan.host))
    with _alone(shelf.plan), staging(shelf.plan.work_dir) as folder:
        if any(stored.name == name for stored in shelf.listed):
            shelf.store.delete(name)
        path = folder / "probe"
        with writing(folder):
            path.write_bytes(PROBE)
        try:
            proof = shelf.store.put(path, name)
        except BaseException:
            with suppress(StoreError):  # it may be there, though the answer said otherwise
                shelf.store.delete(name)
            raise
        try:
            shelf.store.delete(name)
        except StoreError as error:
            raise StoreError(f"{error.message}; {name} stays there", hint=error.hint) from error
    return f"a small file was put, {WORDS[proof]}, renamed and deleted"


@contextmanager
def _alone(plan: Plan) -> Iterator[None]:
    try:
        with locked(plan.state_dir, plan.name):
            yield
    except Locked as error:
        raise Doubt(f"not tried: {error.message}", hint=error.hint) from error
