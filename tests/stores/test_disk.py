"""What a disk can refuse."""

from __future__ import annotations

import errno
import os

import pytest

from backuptool.errors import StoreError
from backuptool.stores.disk import plainly


def test_a_store_that_the_systemd_unit_does_not_know_is_read_only_and_the_hint_says_so() -> None:
    with pytest.raises(StoreError) as caught, plainly("cannot store"):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))
    assert caught.value.hint.endswith("or the store is newer than the systemd unit: backuptool install systemd")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EIO])
def test_what_a_disk_can_refuse_is_one_line_with_a_hint(code: int) -> None:
    with pytest.raises(StoreError, match=os.strerror(code)) as caught, plainly("cannot store x"):
        raise OSError(code, os.strerror(code), "/mnt/usb/x")
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_who_may_not_even_list_is_told_that_reading_is_wanted_too() -> None:
    with pytest.raises(StoreError) as caught, plainly("cannot list /mnt/usb"):
        raise PermissionError(errno.EACCES, "Permission denied", "/mnt/usb")
    assert caught.value.hint == "run as a user who may read and write there"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("/mnt/usb", "cannot store x in /mnt/usb: Permission denied"),
        ("/mnt/usb/x.upload-1", "cannot store x in /mnt/usb: Permission denied"),
        ("/var/lib/x", "cannot store x in /mnt/usb: Permission denied (/var/lib/x)"),
    ],
)
def test_a_file_is_named_only_where_it_is_in_another_place_than_was_said(file: str, said: str) -> None:
    with pytest.raises(StoreError) as caught, plainly("cannot store x in /mnt/usb"):
        raise PermissionError(errno.EACCES, "Permission denied", file)
    assert caught.value.message == said
