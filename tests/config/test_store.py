"""What a plan says of its stores is checked when it is read."""

from __future__ import annotations

import re
from contextlib import nullcontext
from pathlib import Path

import pytest

from backuptool.config import check_config, read_config
from backuptool.errors import StoreError, UsageError
from tests.config.sample import GOOD, STORE, WEBDAV, written


def test_a_bad_store_is_not_called_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_config(written(tmp_path, GOOD.replace('path = "/var/backups"', 'path = "backups"')))
    (line,) = caught.value.message.splitlines()
    assert "stores.0.path: backups is not an absolute path" in line
    with pytest.raises(UsageError, match=r"stores: at least one store is needed: \[\[plans\.broker\.stores\]\]"):
        read_config(written(tmp_path, GOOD.partition("[[")[0].replace("[plans.broker]", "[plans.broker]\nstores = []")))


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (STORE, STORE),
        (STORE, f"{STORE}\ncreate = true"),
        (STORE, STORE.replace("/var/backups", "//var/./lib/../backups/")),
        (WEBDAV, WEBDAV),
        (WEBDAV.replace("/c", "/other"), WEBDAV),
        (WEBDAV.replace(".example/", ".example/a"), WEBDAV.replace("x.example/", "X.example/a/")),
        (WEBDAV, WEBDAV.replace("x.example/", "x.example:443/")),
    ],
)
def test_a_store_that_is_there_twice_is_refused(tmp_path: Path, first: str, again: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_config(written(tmp_path, GOOD.replace(STORE, f"{first}\n[[plans.broker.stores]]\n{again}")))
    (line,) = caught.value.message.splitlines()
    (label,) = re.findall('(?:path|url) = "(.*)"', again)
    assert line.endswith(f"plans.broker.stores: {Path(label) if label[0] == '/' else label} is there twice: "
                         "name each store once")  # fmt: skip


def test_stores_that_only_look_alike_are_two(tmp_path: Path) -> None:
    stores = [STORE, STORE.replace("backups", "Backups"), WEBDAV, WEBDAV.replace(".example/", ".example/a")]
    text = GOOD.replace(STORE, "\n[[plans.broker.stores]]\n".join(stores))
    assert len(read_config(written(tmp_path, text)).plan("broker").store_tables) == 4


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("cloud.example.org/x", "no http or https address"),
        ("ftp://x/", "no http or https address"),
        ("https://ann:s3cret@x.example/", "holds a user name or password"),
        ("https://x.example/?a=1", "has a query"),
    ],
)
def test_a_stores_url_is_checked_when_the_configuration_is_read(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_config(written(tmp_path, GOOD.replace(STORE, WEBDAV.replace("https://x.example/", url))))
    (line,) = caught.value.message.splitlines()
    assert "plans.broker.stores.0.url: " in line
    assert said in line
    assert "s3cret" not in line


@pytest.mark.parametrize(
    "store",
    [
        {"user": "u"}, {"password_file": "/p"}, {}, {"user": "u", "password_file": "/p", "curl_config": "/c"},
        {"user": "u", "curl_config": "/c"}, {"token_file": "/t", "curl_config": "/c"},
        {"user": "u", "token_file": "/t"}, {"user": "u", "password_file": "/p", "token_file": "/t"},
    ],
)  # fmt: skip
def test_a_webdav_store_has_one_kind_of_credentials(store: dict[str, str]) -> None:
    plan = {
        "passphrase_file": "/p", "source": {"database": "x"},
        "stores": [{"type": "webdav", "url": "https://x.example/", **store}],
    }  # fmt: skip
    with pytest.raises(UsageError, match="either user and password_file, or token_file, or curl_config"):
        check_config({"plans": {"a": plan}}, "test")


def test_a_directory_is_made_only_where_the_configuration_says_so(tmp_path: Path) -> None:
    path = f'path = "{tmp_path}/backups"'
    for more, found in (("", "does not exist"), ("create = true", ""), (f'mount_point = "{tmp_path}"', "mounted")):
        text = GOOD.replace('path = "/var/backups"', f"{path}\n{more}")
        ((_, store),) = read_config(written(tmp_path, text)).plan("broker").open_stores()
        with pytest.raises(StoreError, match=found) if found else nullcontext():
            assert store.list() == []


def test_how_long_a_server_may_be_away_is_configured(tmp_path: Path) -> None:
    (tmp_path / "password").touch(0o600)
    (tmp_path / "password").write_text("x\n")
    webdav = f'type = "webdav"\nuser = "u"\npassword_file = "{tmp_path}/password"\npatience = 0'
    text = GOOD.replace('type = "directory"', webdav).replace('path = "/var/backups"', 'url = "http://127.0.0.1:1/"')
    ((_, store),) = read_config(written(tmp_path, text)).plan("broker").open_stores()
    with pytest.raises(StoreError, match="refuses connections"):
        store.list()
