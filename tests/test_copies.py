"""An error of one of several stores says of which."""

from __future__ import annotations

import pytest

from backuptool.copies import named
from backuptool.errors import BackuptoolError, CommandFailed, StoreError


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("nothing is mounted on /mnt", "/mnt/usb: nothing is mounted on /mnt"),
        ("cannot list /mnt/usb: Not a directory", "cannot list /mnt/usb: Not a directory"),
        ("nothing is mounted on /mnt/usb2", "/mnt/usb: nothing is mounted on /mnt/usb2"),
    ],
)
def test_a_store_is_named_once(message: str, said: str) -> None:
    assert named("/mnt/usb", StoreError(message)).message == said


@pytest.mark.parametrize(
    "error", [StoreError("full", hint="free some"), CommandFailed("psql ended", returncode=3, stderr="rows", hint="no")]
)
def test_what_is_named_is_another_error_of_the_same_kind(error: BackuptoolError) -> None:
    """The one that was raised may be shown elsewhere too, beside a name that it has there."""
    before = error.message
    new = named("usb", error)
    assert (type(new), str(new), new.exit_code) == (type(error), f"usb: {before}", error.exit_code)
    assert vars(new) == {**vars(error), "message": f"usb: {before}"}
    assert (error.message, str(error)) == (before, before)
