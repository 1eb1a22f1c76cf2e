"""Where the old script stores something beside its own store, init says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.init.sample import ITSELF, read


@pytest.mark.parametrize(
    "command",
    [
        'curl -K "$CURL_CONF" -T x "https://u:secret@other.example/secret/?secret"',
        "for i in a b; do sudo /usr/bin/curl --upload-file $i https://other.example/; done",
        'CURL=(curl -sS -n); "${CURL[@]}" -Tx https://other.example/',
    ],
)
def test_another_store_is_named_by_its_host(tmp_path: Path, command: str) -> None:
    (doubt,) = read(tmp_path, ITSELF + command).doubts
    place, told = f"{tmp_path / 'db_backup'}, line 19", "curl stores something at other.example too"
    assert doubt == f"{place}: {told}: one more [[plans.broker-db-backup.stores]] for that"


@pytest.mark.parametrize(
    "command",
    [
        'for url in "$REMOTE_BACKUP_URL" https://u:secret@other.example/secret/; do curl -T x "$url"; done',
        'U=("$REMOTE_BACKUP_URL" https://other.example/a/); for url in "${U[@]}"; do curl -T x "$url"; done',
        'put() { curl -T x "$1"; }; put "$REMOTE_BACKUP_URL"; put https://other.example/',
        'put() { for url; do curl -T x "$url"; done; }; put "$REMOTE_BACKUP_URL" https://other.example/',
    ],
)
def test_an_address_that_a_loop_or_a_function_gets_may_be_another_store(tmp_path: Path, command: str) -> None:
    (doubt,) = read(tmp_path, ITSELF + command).doubts
    place, told = f"{tmp_path / 'db_backup'}, line 19", "a loop or a function gets an address at other.example"
    assert doubt == f"{place}: {told}: one more [[plans.broker-db-backup.stores]] if something is stored there"


@pytest.mark.parametrize(
    "command",
    [
        'curl -T x "$REMOTE_BACKUP_URL"x',
        "curl -d x https://hc.example/",
        "echo -T https://a.example/",
        "for i in $REMOTE_BACKUP_URL; do true; done",
    ],
)
def test_what_is_no_other_store_is_none(tmp_path: Path, command: str) -> None:
    assert read(tmp_path, ITSELF + command).doubts == ()
