"""Who names a table or a file does not command the terminal of whoever reads about it."""

from __future__ import annotations

import pytest

from tests.cli.test_logs import journaled
from tests.cli.test_round_trip import Host

TITLE = "\x1b]0;all is well\x07\x9b31m"  # sets a terminal's title, and its colour
SHOWN = r"\x1b]0;all is well\x07\x9b31m"


def test_what_is_printed_shows_a_tables_name_by_numbers(host: Host) -> None:
    host.server.psql(f'create table "{TITLE}" (id int)', "broker")
    try:
        host.ok("backup")
    finally:
        host.server.psql(f'drop table "{TITLE}"', "broker")
    said = host.ok("verify", "-v")
    assert f"public.{SHOWN}" in said
    assert "\x1b" not in said


@pytest.mark.parametrize("words", [("list",), ("-v", "list")])
def test_an_error_shows_a_files_name_by_numbers(host: Host, words: tuple[str, ...]) -> None:
    said = host.run("--config", f"/none/{TITLE}", *words).stderr
    assert f"there is no configuration /none/{SHOWN}\n" in said


def test_so_does_the_log(host: Host) -> None:
    with host.config.open("a") as file:
        file.write('[plans.broker.hooks]\nafter = ["/none/a\\u001b[31mb"]\n')
    code, said = journaled(host, "backup")
    assert (code, "\x1b" in said) == (0, False), said
    assert r"/none/a\x1b[31mb: No such file" in said
    assert r"/none/a\x1b[31mb: No such file" in host.tool("backup").stderr
