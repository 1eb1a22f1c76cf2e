"""Whatever is done to a bundle, it is refused before a decrypted byte is handed on; the full run: `make campaigns`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from backuptool.bundle import Keys, names
from backuptool.encryption import SOP
from integration.campaigns.edits import edits, exchanges, flips, members, respellings, swaps, tar, truncations
from integration.campaigns.tamper import LARGEST, Campaign, Tally, Trusting, prepared
from tests.bundle.sample import PASSPHRASE, KeyRing, make
from tests.cli.quick import quick_keys

SEED = 20261124


@pytest.fixture(scope="module", autouse=True)
def _quick_keys() -> Iterator[None]:
    """Each flip in the salt derives another one."""
    with quick_keys():
        yield


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    bundle, other = prepared(tmp_path_factory.mktemp("campaign"))
    assert len(bundle) <= LARGEST
    assert tar(members(bundle)) == bundle
    return bundle, other


def clean(tally: Tally, least: int) -> None:
    print(tally)
    assert tally.missed == []
    assert tally.handed_on == 0
    assert tally.refused >= least


# A test each: all 143,360 in one once took longer than a test may, on a busy machine.
@pytest.mark.parametrize("bit", range(8))
def test_every_flipped_bit_is_refused(pair: tuple[bytes, bytes], bit: int) -> None:
    bundle, _ = pair
    clean(Campaign(bundle, Keys.of(PASSPHRASE)).run(islice(flips(bundle), bit, None, 8)), len(bundle))


def test_every_truncation_is_refused(pair: tuple[bytes, bytes]) -> None:
    bundle, _ = pair
    clean(Campaign(bundle, Keys.of(PASSPHRASE)).run(truncations(bundle)), len(bundle))


def test_every_exchanged_added_removed_renamed_member_is_refused(pair: tuple[bytes, bytes]) -> None:
    bundle, other = pair
    clean(Campaign(bundle, Keys.of(PASSPHRASE)).run(exchanges(bundle, other)), 150)


def test_five_thousand_random_edits_are_refused(pair: tuple[bytes, bytes]) -> None:
    bundle, _ = pair
    print(f"seed {SEED}")
    clean(Campaign(bundle, Keys.of(PASSPHRASE)).run(edits(bundle, Random(SEED), 5_000)), 4_900)


def test_two_thousand_swapped_pairs_of_blocks_are_refused(pair: tuple[bytes, bytes]) -> None:
    bundle, _ = pair
    print(f"seed {SEED}")
    # Equal blocks (zeros, blanks in the text) swapped change nothing and do not count.
    clean(Campaign(bundle, Keys.of(PASSPHRASE)).run(swaps(bundle, Random(SEED), 2_000)), 1_500)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing.make(tmp_path_factory.mktemp("keys"))


def test_a_sealed_and_signed_bundle_is_as_strict(tmp_path: Path, ring: KeyRing) -> None:
    bundle = make(tmp_path / "made", ring.sealing(sealed=True, signed=True)).read_bytes()
    begin = bundle.index(f"{names.SEALED}1".encode())  # the data before it is covered above
    campaign = Campaign(bundle, ring.keys(sealed=True, signed=True))
    tail = (
        (name, bundle[:begin] + altered)
        for name, altered in (*edits(bundle[begin:], Random(SEED), 1_000), *islice(flips(bundle[begin:]), 0, None, 29))
    )
    clean(campaign.run(tail), 1_500)
    clean(campaign.run(respellings(bundle)), 1)


def test_the_campaign_catches_a_build_that_authenticates_nothing(tmp_path: Path) -> None:
    bundle, other = prepared(tmp_path, SOP)  # what is missed is decrypted, and its keys cost 0.2 s each with pbkdf2
    campaign = Campaign(bundle, Keys.of(PASSPHRASE), Trusting)
    for tally, least in (
        (campaign.run(islice(flips(bundle), 0, None, 101)), 300),
        (campaign.run(swaps(bundle, Random(SEED), 500)), 50),
        (campaign.run(edits(bundle, Random(SEED), 500)), 10),
        (campaign.run(exchanges(bundle, other)), 10),
    ):
        print(tally)
        assert len(tally.missed) >= least
        assert tally.handed_on > 0


def test_that_build_believes_any_line_that_proves(tmp_path: Path) -> None:
    """Else what stands in the other test would be the sums' misses alone, and the MAC's check would have no control."""
    bundle, _ = prepared(tmp_path, SOP)
    (line,) = (member.content for member in members(bundle) if member.name == names.HMAC)
    before, after = bundle.split(line)
    altered = ((name, before + other + after) for name, other in flips(line))
    assert len(Campaign(bundle, Keys.of(PASSPHRASE), Trusting).run(altered).missed) == 8 * len(line)
