"""`decrypt` hands on what gunzip expands to its end, of a bundle as of an old backup."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from backuptool.bundle import Keys, Sealing, Writer, names
from backuptool.compression import compress
from backuptool.decrypt import decrypt_file
from backuptool.encryption import SOP
from backuptool.errors import VerificationError
from tests.bundle.sample import CHAIN, DATABASE, DUMP, PASSPHRASE, STEM, contents

GOOD = gzip.compress(DUMP)


def bundle(folder: Path, dump: bytes) -> Path:
    with Writer(folder, STEM, Sealing(PASSPHRASE, SOP)) as writer:
        writer.add(names.SQL, (chunk for chunk in [dump]))
        writer.add(names.DATABASE, compress([DATABASE]))
        writer.add(names.CONTENTS, compress([contents(roles=False).encode()]))
        writer.finish(CHAIN)
    return writer.path


@pytest.mark.parametrize(
    "dump",
    [GOOD[:-9] + b"\0" + GOOD[-8:], GOOD[:-1], GOOD + b"more", DUMP],
    ids=["changed", "cut", "longer", "not compressed"],
)
def test_a_bundle_whose_dump_gunzip_would_not_take_leaves_no_file(tmp_path: Path, dump: bytes) -> None:
    """A memory that changed it before it was encrypted left it authentic."""
    with pytest.raises(VerificationError, match="the compressed data is"):
        decrypt_file(bundle(tmp_path, dump), Keys.of(PASSPHRASE), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_whole_one_is_handed_on_as_it_is(tmp_path: Path) -> None:
    assert decrypt_file(bundle(tmp_path, GOOD), Keys.of(PASSPHRASE), tmp_path / "out").read_bytes() == GOOD
