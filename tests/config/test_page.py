"""docs/configuration.md: also the defaults that are nothing, and which files hold secrets."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest

from backuptool.announced import HURRY
from backuptool.config import TABLES, fields
from backuptool.config.table import CREDENTIAL, Table
from backuptool.stores.webdav.limits import Limits
from tests.test_readme import CONFIGURATION, KEYS, TOP

ALIKE = {("script", "type")}  # the page has the default that all sources share
PLACES = {"`state_dir`", "`client_cert`"}  # the key whose value stands in for one that is not given
VALUES = [
    (kind, key, shown)
    for kind, key, shown in KEYS
    if re.fullmatch(r"`[^`]+`", shown) and (kind, key) not in ALIKE and shown not in PLACES
]
NOTHING = [(kind, key) for kind, key, shown in KEYS if re.match(r"none\b", shown)]


def default(kind: str, key: str) -> Any:
    return fields(TABLES[kind][1])[key].get_default(call_default_factory=True, validated_data={})


@pytest.mark.parametrize(("kind", "key", "shown"), VALUES)
def test_a_value_that_it_shows_as_the_default_is_it(kind: str, key: str, shown: str) -> None:
    """Zeros and empty tables too; tests/test_readme.py has how long times are written."""
    given, value = tomllib.loads(f"x = {shown.strip('`')}")["x"], default(kind, key)
    if isinstance(value, Table):
        assert value.model_dump(exclude_unset=True) == given
    elif not hasattr(value, "total_seconds"):
        assert json.dumps(value) == json.dumps(given)


@pytest.mark.parametrize(("kind", "key"), NOTHING)
def test_what_it_says_is_nothing_by_default_is_nothing(kind: str, key: str) -> None:
    assert not default(kind, key)


def test_the_files_that_it_says_hold_a_secret_are_those_that_may_be_credentials() -> None:
    (named,) = re.findall(r"^Where a file holds a secret \((.*?)\)", CONFIGURATION, re.MULTILINE | re.DOTALL)
    tables = [table.model_json_schema()["properties"] for _, table in TABLES.values()]
    keys = {key for table in tables for key, schema in table.items() if CREDENTIAL in json.dumps(schema)}
    assert set(re.findall(r"`(\w+)`", named)) == keys


def test_how_long_a_look_waits_for_a_server_is_as_the_pages_say() -> None:
    (most,) = re.findall(r"a look into its folder, with which every run begins, waits (\d+) at most", CONFIGURATION)
    assert Limits.waiting(600).listing_patience == int(most)
    assert Limits.waiting(60).listing_patience == 60
    faq = (TOP / "docs" / "faq.md").read_text(encoding="utf-8").replace("\n", " ")
    assert "ten minutes (`patience`), but two at most by a look into its folder" in faq


def test_how_long_the_hook_of_a_run_that_a_signal_ended_has_is_as_the_page_says() -> None:
    (most,) = re.findall(r"`failed` after a run that a signal ended has (\d+) at most", CONFIGURATION)
    assert int(most) == HURRY
