"""Words that would be passed over: beside --file, cut short; it is said."""

from __future__ import annotations

import pytest

from tests.cli.test_round_trip import DIGEST, Host


def test_a_backup_that_is_named_beside_a_file_is_refused(host: Host) -> None:
    host.ok("backup")
    name, file = host.bundle().name, str(host.bundle())
    told = {
        "verify": [["nonsense"], ["broker"], ["broker", "nonsense"], [name]],
        "restore": [["broker", "nonsense"], ["broker", "latest"], ["latest"], [name]],
        "drill": [["broker", name], [name]],
    }
    for command, several in told.items():
        for words in several:
            done = host.tool(command, *words, "--file", file)
            assert (done.returncode, done.stdout) == (2, ""), (command, words)
            assert done.stderr.startswith(f"backuptool: {words[-1]} is named beside --file"), done.stderr


def test_a_plan_beside_a_file_says_where_a_restore_goes_to(host: Host) -> None:
    host.ok("backup")
    host.ok("restore", "broker", "--file", str(host.bundle()), "--into", "by_plan", "--quick")
    assert host.server.psql(DIGEST, "by_plan") == host.server.psql(DIGEST, "broker")
    host.server.psql("drop database by_plan")


def test_a_word_beside_a_file_and_a_server_says_nothing_and_is_refused(host: Host) -> None:
    host.ok("backup")
    words = ["--file", str(host.bundle()), "--passphrase-file", str(host.folder / "passphrase.txt")]
    done = host.tool("restore", "broker", *words, "--to-shell", "local", "--into", "never")
    assert (done.returncode, "broker is named beside --file" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize("words", [["--json", "list"], ["restore", "--json"]])
def test_json_is_never_taken_for_something_else(host: Host, words: list[str]) -> None:
    done = host.tool(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--json" in done.stderr
