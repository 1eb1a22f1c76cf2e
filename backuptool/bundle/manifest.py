"""manifest.json: what a bundle says of itself; read only after it is authenticated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from backuptool.bundle import names
from backuptool.bundle.names import Layout, Stem
from backuptool.contents.strict import LARGEST, Format, decoded
from backuptool.errors import VerificationError

TIME = "%Y-%m-%dT%H:%M:%SZ"
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """Format 1. `sequence` counts a plan's bundles on a host; `previous` is the sha256 of the last one's SHA256SUMS;
    `recipients`: the sha256 of each public key (DER SubjectPublicKeyInfo), as passphrase.sealed.N counts them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Format = 1
    bundle: str
    plan: str
    created: str
    sequence: Annotated[int, Field(ge=1, le=LARGEST)]
    previous: Digest | None
    kdf: Literal["pbkdf2", "sop"]
    recipients: tuple[Digest, ...]
    signed: bool

    def encode(self) -> bytes:
        """The member's bytes."""
        return self.model_dump_json(indent=2).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Chain:
    """A bundle's place among its plan's: its number from 1 on, the sha256 of the last one's SHA256SUMS."""

    sequence: int = 1
    previous: str | None = None


def describe(stem: Stem, kdf: str, chain: Chain, recipients: Sequence[str], *, signed: bool) -> Manifest:
    """The manifest of a new bundle; `recipients`: their fingerprints."""
    return Manifest.model_validate(
        {
            "bundle": str(stem), "plan": stem.plan, "created": _created(stem), "sequence": chain.sequence,
            "previous": chain.previous, "kdf": kdf, "recipients": tuple(recipients), "signed": signed,
        }
    )  # fmt: skip


def decode(content: bytes, stem: Stem, layout: Layout) -> Manifest:
    """The manifest in an authenticated bundle, which must speak of this bundle. Raises VerificationError."""
    manifest = decoded(Manifest, content, names.MANIFEST)
    if (manifest.bundle, manifest.plan, manifest.created) != (str(stem), stem.plan, _created(stem)):
        raise VerificationError(f"manifest.json speaks of {manifest.bundle!a}, the members of {stem}")
    if (len(manifest.recipients), manifest.signed) != (layout.recipients, layout.signed):
        raise VerificationError("manifest.json tells of other recipients or signatures than the bundle has")
    return manifest


def _created(stem: Stem) -> str:
    return stem.created.astimezone(UTC).strftime(TIME)
