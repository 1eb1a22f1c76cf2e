"""manifest.json has the keys and values of format 1 and no others: what is left open is a place to hide in."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from backuptool.bundle.manifest import Chain, decode, describe
from backuptool.bundle.names import Layout
from backuptool.errors import VerificationError
from tests.bundle.sample import CHAIN, STEM

GOOD = describe(STEM, "sop", CHAIN, (), signed=False).encode()
Change = Callable[[bytes], bytes]


def put(key: str, value: object) -> Change:
    return lambda content: json.dumps({**json.loads(content), key: value}).encode()


def without(key: str) -> Change:
    return lambda content: json.dumps(
        {name: value for name, value in json.loads(content).items() if name != key}
    ).encode()


REFUSED: dict[str, Change] = {
    **{f"no {key}": without(key) for key in json.loads(GOOD)},
    "another key": put("more", 1),
    "a key that commands a terminal": put("\x1b[2J\n", 1),
    "a key twice": lambda content: content.replace(b'"sequence": 3', b'"sequence": 9, "sequence": 3'),
    "format true": put("format", True),
    "format 1.0": put("format", 1.0),
    "format 2": put("format", 2),
    "sequence 0": put("sequence", 0),
    "sequence of 4,000 digits": put("sequence", 10**4000),
    "sequence that not every reader of JSON can hold": put("sequence", 2**53),
    "time without its zeros": put("created", "2026-11-23T4:5:6Z"),
    "time in other digits": put("created", "२०२६-11-23T04:05:06Z"),
    "another time": put("created", "2026-11-23T04:05:07Z"),
    "another bundle": put("bundle", "\x1b[2J"),
    "another plan": put("plan", "other"),
    "another signature": put("signed", True),
    "nested a lot": lambda _: b"[" * 60_000,
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_a_manifest_of_any_other_form_is_refused_in_one_line(change: Change) -> None:
    with pytest.raises(VerificationError, match=r"manifest\.json") as caught:
        decode(change(GOOD), STEM, Layout())
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("chain", [CHAIN, Chain(), Chain(2**53 - 1)])
def test_white_space_and_the_order_of_keys_are_free(chain: Chain) -> None:
    wanted = describe(STEM, "pbkdf2", chain, ("ab" * 32,), signed=True)
    content = json.dumps(dict(reversed(json.loads(wanted.encode()).items())), indent=7).encode()
    assert decode(content, STEM, Layout(recipients=1, signed=True)) == wanted
