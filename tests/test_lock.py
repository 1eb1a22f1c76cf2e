"""One run of a plan at a time, also where its own folder cannot hold a lock."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from backuptool.errors import BackuptoolError, Locked
from backuptool.lock import locked


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that cannot be made, on a host of its own."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "file").touch()
    return tmp_path / "file" / "state"


def test_where_the_folder_cannot_be_made_there_is_one_run_at_a_time_too(
    nowhere: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with locked(nowhere, "broker"):
        with pytest.raises(Locked, match="broker"), locked(nowhere, "broker"):
            pass
        with locked(nowhere / "other", "broker"), locked(nowhere, "other"):
            pass
    assert "Not a directory; the lock of plan broker is kept in" in caplog.text
    with locked(nowhere, "broker"):
        pass


def test_a_lock_that_cannot_be_had_is_told_with_what_to_set(tmp_path: Path) -> None:
    """Here for the name is too long: where others may not write, root may, who runs these tests."""
    with pytest.raises(BackuptoolError, match="File name too long") as caught, locked(tmp_path / ("x" * 300), "broker"):
        pass
    assert caught.value.hint.startswith("set state_dir to a folder that this user may write to: ")


def test_a_folder_that_others_may_write_holds_no_lock(nowhere: Path, tmp_path: Path) -> None:
    with locked(nowhere, "broker"):
        pass
    (own,) = (tmp_path / "tmp").iterdir()
    own.chmod(0o777)
    with pytest.raises(BackuptoolError, match="is not this user's alone"), locked(nowhere, "broker"):
        pass


def test_a_link_that_somebody_put_there_is_not_followed(tmp_path: Path) -> None:
    """Root would make a file anywhere for whoever may write into the folder."""
    (tmp_path / "broker.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BackuptoolError, match="symbolic link"), locked(tmp_path, "broker"):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_in_the_place_of_the_lock_is_named(tmp_path: Path) -> None:
    """With the name of its folder alone nobody would find it."""
    (tmp_path / "broker.lock").mkdir()
    with pytest.raises(BackuptoolError, match=r"/broker\.lock: Is a directory"), locked(tmp_path, "broker"):
        pass
