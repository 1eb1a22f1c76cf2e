"""What a reader believes depends on what it has: a passphrase, a private key, the signers that it demands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, Keys, Passphrase, Sealing, Writer, names
from backuptool.bundle.manifest import Chain
from backuptool.compression import compress
from backuptool.encryption import SOP
from backuptool.errors import VerificationError
from backuptool.secret import Secret
from tests.bundle.sample import DATABASE, DUMP, PASSPHRASE, ROLES, STEM, KeyRing, contents, make


def test_old_passphrases_of_a_plan_that_has_recipients_now_do_not_stand_in_the_way_of_the_signature(
    tmp_path: Path, ring: KeyRing
) -> None:
    path = make(tmp_path / "made", ring.sealing(sealed=True, signed=True))
    keys = Keys((Passphrase(Secret(b"the old one")),), signers=ring.signers)
    with Bundle.open(path) as bundle:
        assert bundle.authenticate(keys).sequence == 3
        assert not bundle.is_open


def test_what_was_made_before_a_plan_had_recipients_opens_under_its_passphrase_beside_an_identity(
    tmp_path: Path, ring: KeyRing
) -> None:
    path = make(tmp_path / "made")
    keys = Keys((Passphrase(PASSPHRASE),), ring.keys(sealed=True).identity)
    with Bundle.open(path) as bundle:
        bundle.authenticate(keys)
        assert b"".join(bundle.expanded(names.SQL)) == DUMP


def test_a_file_that_is_cut_while_it_is_read_is_refused_at_once(tmp_path: Path) -> None:
    path = make(tmp_path / "made")
    with Bundle.open(path) as bundle:
        os.truncate(path, path.stat().st_size // 2)
        with pytest.raises(VerificationError, match="cut short"):
            bundle.authenticate(Keys.of(PASSPHRASE))


def test_a_signature_that_nobody_demands_has_the_one_form_all_the_same(tmp_path: Path, ring: KeyRing) -> None:
    """Else anything could be hidden there."""
    path = make(tmp_path / "made", Sealing(PASSPHRASE, SOP, (), ring.signing_key))
    content = bytearray(path.read_bytes())
    content[content.index(b"-----BEGIN SSH") + 5] ^= 0x20
    path.write_bytes(content)
    with Bundle.open(path) as bundle, pytest.raises(VerificationError, match="signature"):
        bundle.authenticate(Keys.of(PASSPHRASE))


def test_contents_that_do_not_say_how_large_a_member_is_are_refused(tmp_path: Path) -> None:
    with Writer(tmp_path, STEM, Sealing(PASSPHRASE, SOP), md5=False) as writer:
        for suffix, plain in ((names.SQL, DUMP), (names.DATABASE, DATABASE), (names.GLOBALS, ROLES)):
            writer.add(suffix, compress([plain]))
        writer.add(names.CONTENTS, compress([contents(roles=False).encode()]))
        writer.finish(Chain())
    with Bundle.open(writer.path) as bundle:
        bundle.authenticate(Keys.of(PASSPHRASE))
        with pytest.raises(VerificationError, match="how large"):
            list(bundle.expanded(names.GLOBALS))
