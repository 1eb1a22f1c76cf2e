"""A configuration is read whole or refused with everything that is wrong in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.config import check_config, read_config
from backuptool.errors import UsageError
from backuptool.sop import VARIABLES, names_a_procedure, plan_name, tables

GOOD = """
[plans.broker]
passphrase_file = "/root/p"
[plans.broker.source]
database = "broker"
[[plans.broker.stores]]
type = "directory"
path = "/var/backups"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_a_short_configuration_is_enough(tmp_path: Path) -> None:
    plan = read_config(written(tmp_path, GOOD)).plan("broker")
    assert plan.kdf.name == "pbkdf2"
    assert [label for label, _ in plan.open_stores()] == ["/var/backups"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('database = "broker"', 'databse = "broker"'), "source.databse: unknown key; did you mean database?"),
        (('passphrase_file = "/root/p"', ""), "plans.broker.passphrase_file: is missing"),
        (('passphrase_file = "/root/p"', 'passphrase_file = "p"'), "not an absolute path"),
        (('path = "/var/backups"', 'path = "/x"\npth = 1'), "stores.0.pth: unknown key; did you mean path?"),
        (('type = "directory"', 'type = "s3"'), "plans.broker.stores.0"),
        (('database = "broker"', ""), "database is missing"),
        (('database = "broker"', 'database = "b"\nextra_args = ["-Fc"]'), "-Fc may not be given"),
        (("plans.broker", "plans.Broker"), "plans.Broker"),
        (("[plans.broker]", "[plans.broker"), "config.toml"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = written(tmp_path, GOOD.replace(*change))
    with pytest.raises(UsageError) as caught:
        read_config(path)
    assert said in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("database", "databse").replace("passphrase_file", "passphrase")
    with pytest.raises(UsageError) as caught:
        read_config(written(tmp_path, text))
    assert len(caught.value.message.splitlines()) >= 3


def test_a_missing_file_and_an_unknown_plan_are_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no configuration"):
        read_config(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="no plan 'other'"):
        read_config(written(tmp_path, GOOD)).plan("other")


@pytest.mark.parametrize(
    "store",
    [
        {"user": "u"}, {"password_file": "/p"}, {}, {"user": "u", "password_file": "/p", "curl_config": "/c"},
        {"user": "u", "curl_config": "/c"},
    ],
)  # fmt: skip
def test_a_webdav_store_has_one_kind_of_credentials(store: dict[str, str]) -> None:
    plan = {
        "passphrase_file": "/p", "source": {"database": "x"},
        "stores": [{"type": "webdav", "url": "https://x.example/", **store}],
    }  # fmt: skip
    with pytest.raises(UsageError, match="either user and password_file, or curl_config"):
        check_config({"plans": {"a": plan}}, "test")


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
