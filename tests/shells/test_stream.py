"""Bytes out of a command: few big chunks, whatever it writes."""

from __future__ import annotations

import pytest

from backuptool.errors import CommandFailed
from backuptool.shells.local import Local
from backuptool.shells.stream import CHUNK, read


def test_many_small_writes_come_out_in_few_chunks() -> None:
    sizes = [len(chunk) for chunk in read(Local().command("dd", "if=/dev/zero", "bs=4k", "count=2k", "status=none"))]
    assert sum(sizes) == 8 << 20
    assert CHUNK <= min(sizes[:-1]) <= max(sizes) <= 2 * CHUNK


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_was_printed_before_a_failure_comes_out_before_the_error(size: int) -> None:
    got: list[bytes] = []
    chunks = read(Local().command("sh", "-c", 'head -c "$1" /dev/zero | tr "\\0" x; exit 7', "sh", str(size)))
    with pytest.raises(CommandFailed, match="exit code 7"):
        got.extend(chunks)
    assert b"".join(got) == b"x" * size
