"""Whether the members of a tar are those of format 1, in its order."""

from __future__ import annotations

from itertools import zip_longest

from backuptool.bundle import names
from backuptool.bundle.names import Layout, Stem
from backuptool.errors import VerificationError


def stem_of(found: list[str], mtime: int) -> Stem:
    """The stem of a bundle with these members in this order. Raises VerificationError when they are not format 1."""
    first = found[1] if len(found) > 1 else ""
    stem = Stem.parse(first.removesuffix(names.SQL)) if first.endswith(names.SQL) else None
    if stem is None:
        raise VerificationError("this is no bundle of format 1: its second member is no dump")
    layout = Layout.of(stem, found)
    for one, wanted in zip_longest(found, layout.members(stem)):
        if one != wanted:
            raise VerificationError(f"the members are not those of format 1: {_wrong(one, wanted)}")
    if layout.recipients > names.MOST_RECIPIENTS:
        raise VerificationError(f"the bundle is sealed for more than {names.MOST_RECIPIENTS} recipients")
    if int(stem.created.timestamp()) != mtime:
        raise VerificationError("the members' time is not the bundle's")
    return stem


def _wrong(found: str | None, wanted: str | None) -> str:
    if found is None:
        return f"{wanted} is missing"
    return f"there is {found} in the place of {wanted}" if wanted else f"{found} is one too many"
