"""A passphrase that was retired opens what was made before, and proves nothing that was made later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, Keys, Passphrase, authenticate_tail
from backuptool.errors import VerificationError
from backuptool.secret import Secret
from tests.bundle.sample import CHAIN, PASSPHRASE, STEM, make

BEFORE, AFTER = STEM.created - timedelta(seconds=1), STEM.created + timedelta(seconds=1)
ELSEWHERE = AFTER.astimezone(timezone(timedelta(hours=-11)))  # the same moment, where it is still another day
SAID = r"the bundle was made under a passphrase that was retired on 2026-11-23 04:05 UTC"
HINT = "was it in use for longer? then a later `until`, which is UTC unless it says otherwise; else it is a forgery"


def whole(path: Path, keys: Keys) -> int:
    with Bundle.open(path) as bundle:
        return bundle.authenticate(keys, STEM.bundle).sequence


def end(path: Path, keys: Keys) -> int:
    content = path.read_bytes()

    def read(start: int) -> Iterator[bytes]:
        yield content[start:]

    return authenticate_tail(STEM.bundle, len(content), read, keys).sequence


def keys(until: datetime | None) -> Keys:
    return Keys((Passphrase(Secret(b"the new one")), Passphrase(PASSPHRASE, until)))


@pytest.mark.parametrize("proven", [whole, end])
class TestARetiredPassphrase:
    @pytest.mark.parametrize("until", [None, STEM.created, AFTER, ELSEWHERE, datetime.max.replace(tzinfo=UTC)])
    def test_proves_what_is_no_newer(
        self, tmp_path: Path, proven: Callable[[Path, Keys], int], until: datetime | None
    ) -> None:
        assert proven(make(tmp_path / "made"), keys(until)) == CHAIN.sequence

    def test_does_not_prove_what_is_newer(self, tmp_path: Path, proven: Callable[[Path, Keys], int]) -> None:
        with pytest.raises(VerificationError, match=SAID) as caught:
            proven(make(tmp_path / "made"), keys(BEFORE))
        assert caught.value.hint == HINT  # nobody changed it, where `until` was set to the wrong day


def test_what_it_does_not_prove_is_not_decrypted(tmp_path: Path) -> None:
    with Bundle.open(make(tmp_path / "made")) as bundle:
        with pytest.raises(VerificationError, match=SAID):
            bundle.authenticate(keys(BEFORE))
        assert not bundle.is_open
        with pytest.raises(VerificationError):
            list(bundle.plain(".sql.gz.enc"))
