"""The five variables of the old script are a configuration."""

from __future__ import annotations

import pytest

from backuptool.config import check_config
from backuptool.errors import UsageError
from backuptool.sop import VARIABLES, names_a_procedure, plan_name, tables

SOP = {
    "COMPOSE_FILE": "/srv/compose.yml",
    "LOCAL_BACKUP_DIR": "/srv/backups",
    "REMOTE_BACKUP_URL": "https://cloud.example.org/remote.php/webdav/broker_db_backup/",
    "CURL_CONF": "/root/curl.conf",
    "PASSPHRASE_FILE": "/root/p",
}


def test_the_old_procedures_five_variables_are_a_configuration() -> None:
    plan = check_config(tables(SOP), "the environment").plan("broker-db-backup")
    assert str(plan.work_dir) == "/srv/backups"


@pytest.mark.parametrize("name", VARIABLES)
def test_a_missing_variable_of_the_five_is_named(name: str) -> None:
    rest = {key: value for key, value in SOP.items() if key != name}
    assert names_a_procedure(rest)
    with pytest.raises(UsageError, match=name):
        tables(rest)


def test_compose_file_alone_is_not_the_old_procedure() -> None:
    assert not names_a_procedure({"COMPOSE_FILE": "/srv/compose.yml"})


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://x/a/Broker%20DB/", "broker-db"),
        ("https://x/a/b", "b"),
        ("https://x", "host"),
        ("https://x/v1.2/", "v1-2"),
    ],
)
def test_the_plans_name_comes_from_the_last_folder(url: str, name: str) -> None:
    assert plan_name(url) == name
