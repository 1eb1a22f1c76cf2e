"""The contents have the keys and values of format 1 and no others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from backuptool.contents import Contents
from backuptool.errors import VerificationError
from tests.bundle.sample import contents

Change = Callable[[dict[str, Any]], object]
LATER = ("collations", "locales", "tablespaces")


def changed(change: Change) -> bytes:
    facts = json.loads(contents().encode())
    change(facts)
    return json.dumps(facts).encode()


def rename_schema(facts: dict[str, Any]) -> None:
    table = facts["dump"]["tables"][0]
    table["schema_"] = table.pop("schema")


REFUSED: dict[str, Change] = {
    "no format": lambda facts: facts.pop("format"),
    "format true": lambda facts: facts.update(format=True),
    "format 1.0": lambda facts: facts.update(format=1.0),
    "another key": lambda facts: facts.update(more=1),
    "schema_ for schema": rename_schema,
    "a size that not every reader of JSON can hold": lambda facts: facts["plain"].update(sql=2**53),
    "a size below zero": lambda facts: facts["plain"].update(sql=-1),
    "a version of 4,000 digits": lambda facts: facts["server"].update(server_version_num=10**4000),
    "a number for a table": lambda facts: facts["dump"].update(tables=[5]),
    "no timezone": lambda facts: facts["server"].pop("timezone"),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_contents_of_any_other_form_are_refused(change: Change) -> None:
    with pytest.raises(VerificationError, match="the contents: "):
        Contents.decode(changed(change))


def test_a_key_twice_is_refused_wherever_it_stands() -> None:
    content = contents().encode()
    for key in (b'"format": 1', b'"timezone": "Etc/UTC"', b'"plpgsql": "1.0"', b'"part": 1'):
        twice = content.replace(key, key + b", " + key)
        assert twice != content
        with pytest.raises(VerificationError, match="the contents: "):
            Contents.decode(twice)


def test_contents_that_were_made_before_the_server_was_asked_for_what_the_dump_needs_are_read() -> None:
    facts = Contents.decode(changed(lambda facts: [facts["server"].pop(key) for key in LATER]))
    assert (facts.server.collations, facts.server.locales, facts.server.tablespaces) == ((), (), ())


def test_an_extension_may_have_any_name() -> None:
    facts = Contents.decode(changed(lambda facts: facts["server"]["extensions"].update(schema_="1.0")))
    assert facts.server.extensions["schema_"] == "1.0"
