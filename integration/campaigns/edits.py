"""Ways to tamper with a bundle: each gives a name for the report and the altered bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from random import Random

from backuptool.bundle.header import BLOCK, END, header, padding
from tests.signature.spelling import plus_order, respelt

Edit = tuple[str, bytes]
CIPHER = 16  # bytes of a block of the cipher


@dataclass(frozen=True)
class Member:
    """A member as it stands in the tar."""

    name: str
    content: bytes
    mtime: int

    def encode(self) -> bytes:
        size = len(self.content)
        return header(self.name, size, self.mtime) + self.content + bytes(padding(size))


def members(bundle: bytes) -> list[Member]:
    """The members of a good bundle."""
    found, position = [], 0
    while bundle[position]:
        block = bundle[position : position + BLOCK]
        size = int(block[124:135], 8)
        start = position + BLOCK
        name = block[:100].rstrip(b"\0").decode()
        found.append(Member(name, bundle[start : start + size], int(block[136:147], 8)))
        position = start + size + padding(size)
    return found


def tar(of: list[Member]) -> bytes:
    return b"".join(member.encode() for member in of) + END


def flips(bundle: bytes) -> Iterator[Edit]:
    """Every single bit."""
    altered = bytearray(bundle)
    for position in range(len(bundle)):
        for bit in range(8):
            altered[position] ^= 1 << bit
            yield f"flip bit {bit} of byte {position}", bytes(altered)
            altered[position] ^= 1 << bit


def truncations(bundle: bytes) -> Iterator[Edit]:
    """Every length but the whole."""
    for length in range(len(bundle)):
        yield f"cut at {length}", bundle[:length]


def swaps(bundle: bytes, random: Random | None = None, count: int = 0) -> Iterator[Edit]:
    """Every pair of the cipher's blocks exchanged, or `count` random ones."""
    blocks = len(bundle) // CIPHER
    pairs = combinations(range(blocks), 2)
    chosen = pairs if random is None else ((random.randrange(blocks), random.randrange(blocks)) for _ in range(count))
    for one, other in chosen:
        altered = bytearray(bundle)
        first, second = (slice(place * CIPHER, (place + 1) * CIPHER) for place in (one, other))
        altered[first], altered[second] = bundle[second], bundle[first]
        yield f"swap blocks {one} and {other}", bytes(altered)


def exchanges(bundle: bytes, other: bytes) -> Iterator[Edit]:
    """Members taken from another backup of the same passphrase, added, removed, renamed, doubled, in another order."""
    ours, theirs = members(bundle), members(other)
    for place, member in enumerate(ours):
        without = ours[:place] + ours[place + 1 :]
        yield f"remove {member.name}", tar(without)
        yield f"double {member.name}", tar([*ours[:place], member, *ours[place:]])
        yield f"empty {member.name}", tar([*ours[:place], Member(member.name, b"", member.mtime), *ours[place + 1 :]])
        yield (
            f"rename {member.name}",
            tar([*ours[:place], Member(f"{member.name}.x", member.content, member.mtime), *ours[place + 1 :]]),
        )
        yield f"add a file before {member.name}", tar([*ours[:place], Member("x", b"x", member.mtime), *ours[place:]])
        yield (
            f"age {member.name}",
            tar([*ours[:place], Member(member.name, member.content, member.mtime - 1), *ours[place + 1 :]]),
        )
        for size in (-1, -BLOCK, -100_000):
            minus = header(member.name, size, member.mtime)
            yield f"size {size} of {member.name}", tar(ours[:place])[: -len(END)] + minus + tar(ours[place:])[BLOCK:]
        for donor in theirs:
            taken = Member(member.name, donor.content, member.mtime)
            yield f"{donor.name} of another for {member.name}", tar([*ours[:place], taken, *ours[place + 1 :]])
        for second in range(place):
            moved = list(ours)
            moved[place], moved[second] = ours[second], member
            yield f"exchange {member.name} and {ours[second].name}", tar(moved)


def respellings(bundle: bytes) -> Iterator[Edit]:
    """The signature of a signed bundle in other bytes: a reader who looks at its numbers only takes it."""
    *before, signature = members(bundle)
    altered = respelt(signature.content, 4, 1, plus_order)
    yield "S + L in the signature", tar([*before, Member(signature.name, altered, signature.mtime)])


def edits(bundle: bytes, random: Random, count: int) -> Iterator[Edit]:
    """`count` random edits, one to three at once: bytes set, put in, taken out, moved, doubled, blanked."""
    for _ in range(count):
        altered = bytearray(bundle)
        told = [_edit(altered, random) for _ in range(random.randint(1, 3))]
        yield ", ".join(told), bytes(altered)


def _edit(altered: bytearray, random: Random) -> str:
    unit = random.choice((1, CIPHER, BLOCK))
    start = random.randrange(len(altered) // unit) * unit
    length = unit * random.randint(1, 4)
    piece = bytes(altered[start : start + length])
    kind = random.choice(("set", "put in", "take out", "move", "double", "blank"))
    if kind == "set":
        altered[start : start + length] = random.randbytes(len(piece))
    elif kind == "put in":
        altered[start:start] = random.randbytes(length)
    elif kind == "take out":
        del altered[start : start + length]
    elif kind == "move":
        del altered[start : start + length]
        target = random.randrange(len(altered) // unit + 1) * unit
        altered[target:target] = piece
    elif kind == "double":
        altered[start:start] = piece
    else:
        altered[start : start + length] = bytes(len(piece))
    return f"{kind} {length} bytes at {start}"
