"""What a plan says of its drills."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.errors import UsageError
from tests.config.sample import PASSPHRASE_FILE, planned


def test_a_drill_may_give_its_server_settings(tmp_path: Path) -> None:
    lines = 'drill.settings = { shared_preload_libraries = "pg_cron", jit = false, max_connections = 7 }'
    given = planned(tmp_path, f"{PASSPHRASE_FILE}\n{lines}").drill.settings
    assert given == {"shared_preload_libraries": "pg_cron", "jit": "False", "max_connections": "7"}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("-c x", '"y"', "must be the name of a setting"),
        ("", '"y"', "must be the name of a setting"),
        ("x=y", '"z"', "must be the name of a setting"),
        ("cron.database_name", "[1]", "settings.cron.database_name: must be a text or a number"),
        ("work_mem", '"1\\u0000"', "has a NUL character"),
        ("listen_addresses", '"*"', "is for the drill to say"),
        ("Port", "5433", "is for the drill to say"),
        ("data_directory", '"/var/lib/postgresql/data"', "is for the drill to say"),
        ("hba_file", '"/etc/pg_hba.conf"', "is for the drill to say"),
    ],
)
def test_a_mistake_about_a_drills_settings_is_named(tmp_path: Path, name: str, value: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        planned(tmp_path, f'{PASSPHRASE_FILE}\ndrill.settings."{name}" = {value}')
    (line,) = caught.value.message.splitlines()
    assert "plans.broker.drill.settings" in line
    assert said in line


@pytest.mark.parametrize("blank", ["", " ", "\\n\\t ;"])
def test_an_assertion_that_says_nothing_is_refused(tmp_path: Path, blank: str) -> None:
    with pytest.raises(UsageError) as caught:
        planned(tmp_path, f'{PASSPHRASE_FILE}\ndrill.assert = ["select true", "{blank}"]')
    assert caught.value.message.endswith(
        "plans.broker.drill.assert.1: must be a query that gives one true: select count(*) > 0 from submission"
    )
