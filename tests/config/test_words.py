"""What is wrong with a key is said in the file's words; what pydantic calls it helps nobody who writes TOML."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backuptool.config import TABLES, check_config, fields, read_config
from backuptool.errors import UsageError
from tests.config.sample import GOOD, written

WRONG: tuple[Any, ...] = (
    -1,
    10**9,
    1.5,
    math.nan,
    math.inf,
    True,
    "",
    "A B/é",
    "-x",
    [],
    [""],
    [1],
    [[]],
    {},
    {"a": 1},
)
PLAN: dict[str, Any] = {
    "passphrase_file": "/p", "source": {"database": "x"}, "stores": [{"type": "directory", "path": "/b"}],
}  # fmt: skip
SHELLS = {
    "local": {"type": "local"},
    "ssh": {"type": "ssh", "host": "h"},
    "container": {"type": "container", "name": "c"},
    "compose": {"type": "compose", "file": "/c.yml", "service": "db"},
}
WEBDAV = {"type": "webdav", "url": "https://x.example/", "curl_config": "/c"}


def table(content: dict[str, Any], kind: str) -> dict[str, Any]:
    """The table of this kind in a configuration, put there where none is."""
    plan: dict[str, Any] = content["plans"]["broker"]
    if kind in SHELLS:
        plan["source"]["shell"] = dict(SHELLS[kind])
    elif kind == "script":
        plan["source"]["type"] = "script"
    elif kind == "webdav":
        plan["stores"] = [dict(WEBDAV)]
    elif kind == "old_passphrase_files":
        plan[kind] = [{"file": "/p"}]
    places: dict[str, Any] = {
        "top": content,
        "plan": plan,
        "old_passphrase_files": plan.get("old_passphrase_files", [{}])[0],
        **dict.fromkeys(("pg_dump", "script"), plan["source"]),
        **dict.fromkeys(("webdav", "directory"), plan["stores"][0]),
        **dict.fromkeys(SHELLS, plan["source"].get("shell")),
    }
    found: dict[str, Any] = places[kind] if kind in places else plan.setdefault(kind, {})
    return found


def wrong(kind: str) -> Iterator[str]:
    """What is said of each key of such a table with each of the values."""
    for key in fields(TABLES[kind][1]):
        for value in WRONG:
            content: dict[str, Any] = {"plans": {"broker": copy.deepcopy(PLAN)}}
            table(content, kind)[key] = copy.deepcopy(value)
            try:
                check_config(content, "c")
            except UsageError as error:
                yield from error.message.splitlines()


@pytest.mark.parametrize("kind", TABLES)
def test_no_mistake_is_told_in_the_librarys_words(kind: str) -> None:
    said = list(wrong(kind))
    assert said
    assert not [line for line in said if any(word in line for word in ("Input", "String", "pattern", "valid "))]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("keep = { last = -1 }", "keep.last: must be 0 or more"),
        ("check = { min_ratio = 2.0 }", "check.min_ratio: must be 1.0 or less"),
        ('kdf = "scrypt"', "kdf: must be 'pbkdf2' or 'sop'"),
        ("host = 7", 'host: must be a text, in quotes: "…"'),
        ("signers = 7", 'signers: must be a path, in quotes: "/…"'),
        ('hooks = { before = [""] }', "hooks.before.0: must not be empty"),
        ('drill = { memory = "1 GB" }', 'drill.memory: must be a number and b, k, m or g: "2g"'),
        ('drill = { image = "-v" }', "drill.image: must not begin with a dash"),
        ('host = "a b/../Ü"', "host: must be a host's name: a letter or digit, then those, '.', '-' and '_'"),
        ('host = ""', "host: must be a host's name: a letter or digit, then those, '.', '-' and '_'"),
    ],
)
def test_the_words_say_what_is_to_be_written(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_config(written(tmp_path, GOOD.replace("[plans.broker]", f"[plans.broker]\n{line}")))
    assert caught.value.message == f"{tmp_path}/config.toml: plans.broker.{said}"


def test_a_plan_with_a_name_that_no_bundle_can_have_is_told_which_can(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_config(written(tmp_path, GOOD.replace("plans.broker", "plans.Broker_1")))
    said = "plans.Broker_1: a plan's name is 1 to 24 of a-z, 0-9 and '-', with no '-' in front"
    assert caught.value.message == f"{tmp_path}/config.toml: {said}"


def test_a_host_may_be_called_what_hosts_are_called(tmp_path: Path) -> None:
    for host in ("db1", "DB1.example.org", "db_1-b"):
        text = GOOD.replace("[plans.broker]", f'[plans.broker]\nhost = "{host}"')
        assert read_config(written(tmp_path, text)).plan("broker").host == host
