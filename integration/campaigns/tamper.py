"""The tamper campaign: each altered bundle must be refused before a decrypted byte is handed on.

`python -m integration.campaigns.tamper` runs all of it; CI runs what test_tamper.py says.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from random import Random

from typing_extensions import override

from backuptool.bundle import Bundle, Keys, Sealing, Stem, names
from backuptool.bundle.authentication import parse_sums
from backuptool.encryption import PBKDF2, Kdf
from backuptool.errors import VerificationError
from integration.campaigns.edits import Edit, edits, exchanges, flips, respellings, swaps, truncations
from tests.bundle.sample import PASSPHRASE, STEM, KeyRing, make

LARGEST = 20 << 10


class Trusting(Bundle):
    """The deliberately broken build: nothing is authenticated. The campaign must report misses against it."""

    @override
    def _proven(self, keys: Keys) -> dict[str, str]:
        self._passphrase = keys.passphrases[0].secret
        return parse_sums(self.public(names.SUMS))

    @override
    def _compare(self, name: str, digest: str) -> None:
        """Believe it."""


@dataclass
class Tally:
    """What came of it: how many were refused, which were not, how many decrypted bytes were handed on."""

    refused: int = 0
    missed: list[str] = field(default_factory=list)
    handed_on: int = 0

    def __str__(self) -> str:
        return f"{self.refused} refused, {len(self.missed)} missed, {self.handed_on} decrypted bytes handed on"


@dataclass(frozen=True)
class Campaign:
    """Attacks on one bundle; `reader` is the build that is attacked."""

    bundle: bytes
    keys: Keys
    reader: type[Bundle] = Bundle

    def run(self, attacks: Iterable[Edit]) -> Tally:
        """Read each altered bundle as a restore would. Any other error than a refusal ends the campaign."""
        tally = Tally()
        for name, altered in attacks:
            if altered == self.bundle:
                continue
            try:
                self._read(altered, tally)
            except VerificationError:
                tally.refused += 1
            else:
                tally.missed.append(name)
        return tally

    def _read(self, altered: bytes, tally: Tally) -> None:
        bundle = self.reader.of(BytesIO(altered))
        bundle.authenticate(self.keys, STEM.bundle)
        for suffix in names.ENCRYPTED:
            if bundle.has(suffix):
                for chunk in bundle.plain(suffix):
                    tally.handed_on += len(chunk)


def prepared(folder: Path, kdf: Kdf = PBKDF2) -> tuple[bytes, bytes]:
    """A bundle and another backup of the same passphrase."""
    other, sealing = Stem(STEM.plan, STEM.host, STEM.created.replace(year=2025)), Sealing(PASSPHRASE, kdf)
    return make(folder / "ours", sealing).read_bytes(), make(folder / "theirs", sealing, other).read_bytes()


def main() -> None:
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else Random().randrange(1 << 32)
    print(f"seed {seed}")
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        bundle, other = prepared(Path(folder))
        plain = Campaign(bundle, Keys.of(PASSPHRASE))
        (Path(folder) / "keys").mkdir()
        ring = KeyRing.make(Path(folder) / "keys")
        sealed = make(Path(folder) / "sealed", ring.sealing(sealed=True, signed=True)).read_bytes()
        both = Campaign(sealed, ring.keys(sealed=True, signed=True))
        for campaign, title, attacks in (
            (plain, "flips", flips(bundle)),
            (plain, "truncations", truncations(bundle)),
            (plain, "members", exchanges(bundle, other)),
            (plain, "edits", edits(bundle, Random(seed), 100_000)),
            (plain, "swaps", swaps(bundle)),
            (both, "flips, sealed and signed", flips(sealed)),
            (both, "truncations, sealed and signed", truncations(sealed)),
            (both, "the signature spelt otherwise", respellings(sealed)),
            (both, "edits, sealed and signed", edits(sealed, Random(seed), 20_000)),
        ):
            tally = campaign.run(attacks)
            missed += len(tally.missed)
            print(f"{title:32} {tally}", *tally.missed[:5], sep="\n  missed: " if tally.missed else "", flush=True)
    sys.exit(missed > 0)


if __name__ == "__main__":
    main()
