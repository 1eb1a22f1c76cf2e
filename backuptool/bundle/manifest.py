"""manifest.json: what a bundle says of itself; read only after it is authenticated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backuptool.bundle.names import Stem
from backuptool.errors import VerificationError


class Manifest(BaseModel):
    """Format 1. `sequence` counts a plan's bundles on a host; `previous` is the sha256 of the last one's SHA256SUMS."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal[1] = 1
    bundle: str
    plan: str
    created: str
    sequence: Annotated[int, Field(ge=1)]
    previous: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None
    kdf: Literal["pbkdf2", "sop"]
    recipients: tuple[str, ...] = ()
    signed: bool = False

    def encode(self) -> bytes:
        """The member's bytes."""
        return self.model_dump_json(indent=2).encode() + b"\n"


def describe(stem: Stem, kdf: str, sequence: int, previous: str | None) -> Manifest:
    """The manifest of a new bundle."""
    created = stem.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Manifest.model_validate(
        {
            "bundle": str(stem), "plan": stem.plan, "created": created,
            "sequence": sequence, "previous": previous, "kdf": kdf,
        }
    )  # fmt: skip


def decode(content: bytes, stem: Stem) -> Manifest:
    """The manifest in an authenticated bundle, which must speak of this bundle. Raises VerificationError."""
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise VerificationError(f"manifest.json: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if (manifest.bundle, manifest.plan, _time(manifest.created)) != (str(stem), stem.plan, stem.created):
        raise VerificationError(f"manifest.json speaks of {manifest.bundle}, the members of {stem}")
    return manifest


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
