"""Keys derived beside the dump: one for each file, none left over, nothing left running."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import pytest

from backuptool.bundle.authentication import MacKey, authenticate, parse_line
from backuptool.bundle.derived import Derived
from backuptool.encryption import FileKey, Kdf, decrypt, encrypt_under, pbkdf2
from backuptool.secret import Secret
from tests.interrupting import interrupted, listening

PASSPHRASE = Secret(b"correct horse battery staple")
FAST = pbkdf2(1)
FORGOTTEN = """
import sys
from backuptool.bundle.derived import Derived
from backuptool.encryption import PBKDF2
from backuptool.secret import Secret
try:
    Derived(Secret(b"passphrase"), PBKDF2, files=10_000)  # 40 minutes of them
    raise KeyboardInterrupt
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_each_file_has_a_key_of_its_own_also_more_files_than_were_foreseen() -> None:
    with closing(Derived(PASSPHRASE, FAST, files=2)) as derived:
        keys = [derived.file_key() for _ in range(4)]
    assert len({key.salt for key in keys}) == 4
    for key in keys:
        made = b"".join(encrypt_under([b"data"], partial(lambda made: made, key)))
        assert b"".join(decrypt([made], PASSPHRASE, FAST)) == b"data"


def test_no_key_is_in_what_is_printed_of_one() -> None:
    """A log or a traceback may hold it."""
    file = FileKey.new(PASSPHRASE, FAST, b"saltsalt")
    mac = MacKey(b"saltsalt", b"check", b"the key itself")
    shown = f"{file!r} {mac!r}"
    assert repr(FAST.derive(PASSPHRASE.reveal(), b"saltsalt"))[2:-1] not in shown
    assert "the key itself" not in shown
    assert shown.count("saltsalt") == 2


def test_the_authentication_is_under_the_same_passphrase() -> None:
    with closing(Derived(PASSPHRASE, FAST, files=0)) as derived:
        line = derived.mac_key().line(b"text")
    assert authenticate(b"text", parse_line(line), [PASSPHRASE]) == PASSPHRASE


def test_nothing_runs_afterwards_whether_the_keys_were_used_or_not() -> None:
    before = set(threading.enumerate())
    with closing(Derived(PASSPHRASE, FAST, files=3)) as derived:
        derived.file_key()
    assert set(threading.enumerate()) <= before
    with pytest.raises(ZeroDivisionError), closing(Derived(PASSPHRASE, FAST, files=3)):
        raise ZeroDivisionError
    assert set(threading.enumerate()) <= before


def test_a_process_that_is_interrupted_does_not_wait_for_keys_that_nobody_stops() -> None:
    done = subprocess.run([sys.executable, "-c", FORGOTTEN], check=False)
    assert done.returncode == 130


def test_what_goes_wrong_beside_is_raised_where_the_key_is_asked_for() -> None:
    def failing(passphrase: bytes, salt: bytes) -> bytes:
        raise MemoryError("too little")

    with closing(Derived(PASSPHRASE, Kdf("failing", "", failing), files=1)) as derived, pytest.raises(MemoryError):
        derived.file_key()


def test_a_dump_runs_already_while_its_key_is_derived() -> None:
    begun = threading.Event()

    def dump() -> Iterator[bytes]:
        begun.set()
        yield b"data"

    def key() -> FileKey:
        assert begun.is_set()
        return FileKey.new(PASSPHRASE, FAST)

    assert b"".join(decrypt(encrypt_under(dump(), key), PASSPHRASE, FAST)) == b"data"


def test_keys_print_nothing_of_themselves() -> None:
    key = FileKey.new(PASSPHRASE, FAST)
    assert repr(key) == f"FileKey(salt={key.salt!r})"
    with closing(Derived(PASSPHRASE, FAST, files=0)) as derived:
        assert "key" not in repr(derived.mac_key()).partition("(")[2]


def test_a_signal_at_any_place_ends_it_and_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backuptool.bundle.derived.MacKey.new", lambda _: b"")  # 0.35 s, each time

    def work() -> None:
        with closing(Derived(PASSPHRASE, FAST, files=1)) as derived:
            derived.file_key()
            derived.mac_key()

    before, place = set(threading.enumerate()), 1
    with listening():
        while interrupted(work, place, ("bundle/derived.py", "/threading.py", "/futures/_base.py")):
            place += 1
            for left in set(threading.enumerate()) - before:  # one that was not awaited ends by itself
                left.join()
    assert place > 50
