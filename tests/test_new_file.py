"""A file is there when it is whole, and not before; what cannot be written is one line that says so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.errors import BackuptoolError, Interrupted, UsageError, VerificationError
from backuptool.new_file import write_new

PRINT = """
import sys
from pathlib import Path
from backuptool.errors import BackuptoolError
from backuptool.new_file import STDOUT, write_new
try:
    write_new(STDOUT, [b"x" * 100_000] * int(sys.argv[1]))
except BackuptoolError as error:
    sys.exit(f"{error.message}\\n{error.hint}")
"""


def printed(count: int, to: str, limit: str = "") -> subprocess.CompletedProcess[str]:
    words = f"{limit} exec {sys.executable} -c '{PRINT}' {count} > {to}"
    return subprocess.run(["bash", "-c", words], capture_output=True, text=True, check=False)


def test_what_was_written_is_there_and_private(tmp_path: Path) -> None:
    write_new(tmp_path / "new", [b"a", b"", b"bc"])
    assert (tmp_path / "new").read_bytes() == b"abc"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


@pytest.mark.parametrize("there", ["file", "folder", "dangling link"])
def test_nothing_is_replaced(tmp_path: Path, there: str) -> None:
    path = tmp_path / "taken"
    if there == "file":
        path.write_bytes(b"theirs")
    elif there == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "none")
    with pytest.raises(UsageError, match="exists already"):
        write_new(path, [b"ours"])
    assert [one.name for one in tmp_path.iterdir()] == ["taken"]


def test_nothing_is_replaced_that_came_meanwhile(tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"ours"
        (tmp_path / "taken").write_bytes(b"theirs")

    with pytest.raises(UsageError, match="exists already"):
        write_new(tmp_path / "taken", chunks())
    assert (tmp_path / "taken").read_bytes() == b"theirs"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("error", [VerificationError("altered"), OSError(5, "of the reader"), Interrupted(15)])
def test_what_the_chunks_raise_goes_through_and_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise error

    with pytest.raises(type(error)) as caught:
        write_new(tmp_path / "new", chunks())
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["none/new", "a file/new", "x" * 250])
def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path, place: str) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(UsageError) as caught:
        write_new(tmp_path / place, [b"x"])
    assert "-o" in caught.value.hint
    assert len(caught.value.message.splitlines()) == 1


def test_a_disk_that_fills_up_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    """The limit stops write(2) in the middle, as a full disk does: what it took is less than it was given."""
    code = PRINT.replace("STDOUT, [", "Path(sys.argv[1]), [").replace("int(sys.argv[1])", "3")
    words = f'ulimit -f 200; exec {sys.executable} -c "$1" "$2"'
    done = subprocess.run(
        ["bash", "-c", words, "bash", code, tmp_path / "new"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"{tmp_path / 'new'} cannot be written: File too large\n")
    assert list(tmp_path.iterdir()) == []


def test_all_of_it_is_printed_also_into_a_pipe_that_is_read_slowly() -> None:
    command = [sys.executable, "-c", PRINT, "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        count = 0
        while piece := os.read(writer.stdout.fileno(), 7777):
            count += len(piece)
    assert count == 2_000_000
    assert writer.returncode == 0


def test_standard_output_that_is_full_is_one_line() -> None:
    done = printed(1, "/dev/full")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        1,
        "standard output cannot be written: No space left on device",
    )


def test_a_short_write_to_standard_output_is_an_error_even_in_the_last_chunk(tmp_path: Path) -> None:
    """200 blocks of 1 KiB hold two of three chunks and a part of the last: write(2) takes that part and says so."""
    done = printed(3, str(tmp_path / "out"), "ulimit -f 200;")
    assert (done.returncode, "File too large" in done.stderr) == (1, True)
    assert printed(2, str(tmp_path / "out"), "ulimit -f 200;").returncode == 0, "and what fits is no error"
    assert (tmp_path / "out").stat().st_size == 200_000


def test_whoever_reads_standard_output_may_have_enough() -> None:
    with pytest.raises(BrokenPipeError):
        _into_a_closed_pipe()


def _into_a_closed_pipe() -> None:
    code = "from backuptool.new_file import STDOUT, write_new\nwrite_new(STDOUT, [b'x' * 100_000] * 100)"
    done = subprocess.run(
        ["bash", "-c", f'{sys.executable} -c "{code}" | head -c 1 > /dev/null'],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    if "BrokenPipeError" in done.stderr and "BackuptoolError" not in done.stderr:
        raise BrokenPipeError
    raise BackuptoolError(done.stderr)
