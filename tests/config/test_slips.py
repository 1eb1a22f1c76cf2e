"""The commonest slips of those who write TOML by hand are answered in its words, with what is to be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.config import read_config
from backuptool.config.stores import WebDavTable
from backuptool.errors import UsageError
from tests.config.sample import GOOD, STORE, WEBDAV, written

BRACKETS, DATABASE, SOURCE = "[[plans.broker.stores]]", 'database = "broker"', "[plans.broker.source]"


def slip(folder: Path, old: str, new: str) -> str:
    """What is said of GOOD when `new` stands in it in place of `old`."""
    assert old in GOOD
    with pytest.raises(UsageError) as caught:
        read_config(written(folder, GOOD.replace(old, new)))
    (line,) = caught.value.message.splitlines()
    return line.partition("config.toml: plans.broker.")[2]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (BRACKETS, BRACKETS[1:-1], "stores: must be a list: write [[plans.broker.stores]], with double brackets"),
        ('type = "directory"', "", "stores.0: type is missing: directory or webdav"),
        ('type = "directory"', 'type = "s3"', "stores.0: there is no type 's3': directory or webdav"),
        ('type = "directory"', "type = 3", "stores.0: there is no type '3': directory or webdav"),
        (f"{BRACKETS}\n{STORE}", "", "stores: is missing"),
        (
            DATABASE,
            'shell = "compose"',
            'source.shell: must be a table: { type = "compose", file = "/srv/db/compose.yml", service = "db" }',
        ),
        (
            DATABASE,
            'shell = { type = "container", name = "c", host = "db.example.org" }',
            'source.shell.host: must be a table: { type = "ssh", host = "db.example.org" }',
        ),
        (DATABASE, f'{DATABASE}\ntype = "pgdump"', "source: there is no type 'pgdump': pg_dump or script"),
        (f"{SOURCE}\n{DATABASE}", 'source = "broker"', "source: must be a table: write [plans.broker.source]"),
        (SOURCE, f"recipients = []\n{SOURCE}", "recipients: must not be empty"),
        (SOURCE, f'hooks = {{ before = "/bin/true" }}\n{SOURCE}', 'hooks.before: must be a list: ["…"]'),
        (SOURCE, f'keep = "3d"\n{SOURCE}', "keep: must be a table: { … }"),
        (SOURCE, f"keep = {{ last = true }}\n{SOURCE}", "keep.last: must be a whole number, without quotes: 7"),
        (SOURCE, f'keep = {{ last = "7" }}\n{SOURCE}', "keep.last: must be a whole number, without quotes: 7"),
        (
            SOURCE,
            f"keep = {{ minimum = 3.0, last = 7 }}\n{SOURCE}",
            "keep.minimum: must be a whole number, without quotes: 7",
        ),
        (SOURCE, f'md5 = "yes"\n{SOURCE}', "md5: must be true or false, without quotes"),
        (SOURCE, f"roles = 1\n{SOURCE}", "roles: must be true or false, without quotes"),
        (DATABASE, f"{DATABASE}\nport = true", "source.port: must be a whole number, without quotes: 7"),
        (DATABASE, f'{DATABASE}\nport = "5432"', "source.port: must be a whole number, without quotes: 7"),
        (
            SOURCE,
            f'check.min_ratio = "0.5"\n{SOURCE}',
            "check.min_ratio: must be a number, without quotes: 0.5",
        ),
        (SOURCE, f"check = {{ min_ratio = true }}\n{SOURCE}", "check.min_ratio: must be a number, without quotes: 0.5"),
        (STORE, f'{STORE}\ncreate = "true"', "stores.0.create: must be true or false, without quotes"),
        (
            SOURCE,
            f'hooks = {{ before = ["./stop"] }}\n{SOURCE}',
            "hooks.before: ./stop is not an absolute path (hooks start in /)",
        ),
        (
            SOURCE,
            f'hooks = {{ timeout = "soon" }}\n{SOURCE}',
            'hooks.timeout: must be seconds, or a number and s, m, h, d or w: 90 or "26h"',
        ),
        (
            SOURCE,
            f"hooks = {{ timeout = true }}\n{SOURCE}",
            'hooks.timeout: must be seconds, or a number and s, m, h, d or w: 90 or "26h"',
        ),
        (SOURCE, f"hooks = {{ timeout = 0 }}\n{SOURCE}", "hooks.timeout: must be more than 0: a hook needs some time"),
        (
            DATABASE,
            'shell = { type = "compose", file = "/srv/db.yml:more.yml", service = "db" }',
            "source.shell.file: more.yml is not an absolute path (cron starts elsewhere than you do)",
        ),
        (
            DATABASE,
            f'{DATABASE}\npassfile = "~/.pgpass"',
            "source.passfile: ~/.pgpass is not an absolute path (cron starts somewhere else than you do)",
        ),
        (
            DATABASE,
            f'{DATABASE}\ntype = "script"\nfolder = "backups"',
            "source.folder: backups is not an absolute path (cron starts somewhere else than you do)",
        ),
        (
            DATABASE,
            f'{DATABASE}\nshell = {{ type = "local", path = "/opt/pg/bin:bin" }}',
            "source.shell.path: bin is not an absolute path (cron starts elsewhere than you do)",
        ),
    ],
)
def test_a_slip_is_answered_with_what_is_to_be_written(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert slip(tmp_path, old, new) == said


def test_a_list_of_texts_is_no_list_of_stores(tmp_path: Path) -> None:
    text = GOOD.partition("[[")[0].replace("[plans.broker]", '[plans.broker]\nstores = ["/var/backups"]')
    with pytest.raises(UsageError, match=r"stores\.0: must be a table: write \[\[plans\.broker\.stores\]\]$"):
        read_config(written(tmp_path, text))


@pytest.mark.parametrize(
    "table", ["shell = {}", 'shell = { type = "container", name = "c", host = {} }', f"\n{BRACKETS}\n{WEBDAV}"]
)
def test_a_type_that_is_missing_and_one_that_is_wrong_have_the_same_types_named(tmp_path: Path, table: str) -> None:
    """pydantic names them in the second case only."""
    missing, wrong = (table.replace('type = "webdav"\n', ""), table.replace('"webdav"', '"s3"'))
    wrong = wrong.replace("{}", '{ type = "s3" }')
    said = [slip(tmp_path, DATABASE, f"{DATABASE}\n{text}").rpartition(": ")[2] for text in (missing, wrong)]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "is missing"), ("[plans]", "must not be empty"), ("[[plans]]\nmd5 = true", "must be a table: { … }")],
)
def test_a_file_without_plans_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=rf"config\.toml: plans: {said}"):
        read_config(written(tmp_path, text))


@pytest.mark.parametrize(("written_as", "seconds"), [("90", 90), ("0.5", 0.5), ('"90s"', 90), ('"10m"', 600), ("0", 0)])
def test_seconds_can_be_written_as_every_other_time_is(tmp_path: Path, written_as: str, seconds: float) -> None:
    config = read_config(written(tmp_path, GOOD.replace(STORE, f"{WEBDAV}\npatience = {written_as}")))
    (store,) = config.plans["broker"].stores
    assert isinstance(store, WebDavTable)
    assert store.patience == seconds
