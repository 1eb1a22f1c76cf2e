"""The keys of a bundle, derived in a thread while the dump is under way.

A key is 0.24 s of PBKDF2 and the MAC's is 0.35 s: one after the other 1.1 s, a quarter of what pg_dump takes for 1 GB.
Beside the dump they cost less: cryptography lets the GIL go meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from threading import Event, Thread
from typing import TypeVar

from backuptool.bundle.authentication import MacKey
from backuptool.encryption import FileKey, Kdf
from backuptool.interruption import held
from backuptool.secret import Secret

Key = TypeVar("Key", FileKey, MacKey)


class Derived:
    """Keys for `files` encrypted members, in order, then the one for their authentication."""

    def __init__(self, passphrase: Secret, kdf: Kdf, files: int) -> None:
        self._passphrase, self._kdf = passphrase, kdf
        self._files = deque[Future[FileKey]](Future() for _ in range(files))
        self._mac = Future[MacKey]()
        self._closed = Event()
        # A daemon: a signal may come before anybody can stop or await it. Signals are held as `beside` holds them.
        self._thread = Thread(target=self._derive, args=(tuple(self._files),), daemon=True)
        with held():
            self._thread.start()

    def file_key(self) -> FileKey:
        """The key of the next encrypted member; waits until it is there."""
        if not self._files:
            return self._new_file_key()
        with held():
            return self._files.popleft().result()

    def mac_key(self) -> MacKey:
        """The key of SHA256SUMS.hmac; waits until it is there."""
        with held():
            return self._mac.result()

    def close(self) -> None:
        """Derive no more; waits for the one under way, 0.35 s at most."""
        with held():
            self._closed.set()
            self._thread.join()

    def _derive(self, files: tuple[Future[FileKey], ...]) -> None:
        for file in files:
            self._fulfil(file, self._new_file_key)
        self._fulfil(self._mac, lambda: MacKey.new(self._passphrase))

    def _new_file_key(self) -> FileKey:
        return FileKey.new(self._passphrase, self._kdf)

    def _fulfil(self, key: Future[Key], make: Callable[[], Key]) -> None:
        if self._closed.is_set():
            return
        try:
            key.set_result(make())
        except BaseException as error:  # noqa: BLE001 - it is raised where the key is asked for
            key.set_exception(error)
