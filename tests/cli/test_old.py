"""Old backups on the command line: listed, verified, restored when asked for, never called authentic."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from tests.cli.test_round_trip import DIGEST, Host
from tests.past.procedure import NAME, old_tar
from tests.sources.test_completeness import OLD

CLUSTER = b"--\n-- PostgreSQL database cluster dump\n--\n\nSET default_transaction_read_only = off;\n"
# The real one, made to say of \\restrict what one of before August 2025 says.
OLD_PSQL = """\
#!/bin/sh
for word; do
  if [ "$word" = '\\restrict probe' ]; then printf '%s\\n' 'invalid command \\restrict' >&2; exit 1; fi
done
sed -u 's/^\\\\restrict /\\\\nosuch /' | {programs}/psql "$@"
"""


@pytest.fixture(scope="session")
def dump(server: PostgreSQL) -> bytes:
    """As the container's script made it."""
    command = [str(server.programs / "pg_dump"), "-h", str(server.socket), "-U", server.user, "broker"]
    return gzip.compress(subprocess.run(command, capture_output=True, check=True).stdout, 1)


@pytest.fixture
def old(host: Host) -> Path:
    """An old tar in the plan's store."""
    return stored(host, gzip.compress(OLD))


def stored(host: Host, dump: bytes, options: str = "") -> Path:
    made = old_tar(host.folder / "then", dump, host.folder / "passphrase.txt", options)
    host.store.mkdir(exist_ok=True)
    return Path(shutil.move(made, host.store / made.name))


def altered(path: Path) -> None:
    """A bit in the middle of the encrypted data, which CBC lets pass."""
    with tarfile.open(path) as tar:
        encrypted = tar.getmembers()[0]
    content = bytearray(path.read_bytes())
    content[encrypted.offset_data + encrypted.size // 2] ^= 1
    path.write_bytes(content)


def refused(host: Host, *words: str, code: int, said: str, hint: str = "") -> None:
    done = host.tool(*words)
    lines = done.stderr.strip().splitlines()
    assert done.returncode == code, done.stderr
    assert said in lines[0]
    assert lines[1].startswith("hint: ")
    assert hint in lines[1]
    assert len(lines) == 2, done.stderr
    assert done.stdout == ""


class TestList:
    def test_shows_them_as_unauthenticated_before_the_bundles(self, host: Host, old: Path) -> None:
        host.ok("backup")
        lines = host.ok("list").splitlines()
        assert lines[0] == str(host.store)
        assert old.name in lines[1]
        assert lines[1].endswith("  unauthenticated")
        assert "broker_" in lines[2]
        assert "unauthenticated" not in lines[2]
        assert max(map(len, lines)) <= 80
        rows = json.loads(host.ok("list", "--json"))
        assert [row["authenticated"] for row in rows] == [False, None]
        assert rows[0]["backup"] == old.name
        assert rows[0]["created"] == "2026-01-01T03:00:00+00:00"

    def test_shows_no_other_files(self, host: Host) -> None:
        host.store.mkdir()
        for name in ("notes.txt", "backup_2026_01_01.tar", f"{NAME}.sql.gz", "backup_2026_02_31T00_00_00.tar"):
            (host.store / name).touch()
        assert host.ok("list") == f"{host.store}: no backups of broker\n"
        assert json.loads(host.ok("list", "--json")) == []

    def test_never_takes_one_for_the_latest(self, host: Host, old: Path) -> None:
        refused(host, "verify", code=1, said="there is no backup of broker")
        host.ok("backup")
        old.rename(old.with_name("backup_2999_01_01T00_00_00.tar"))
        assert "broker_" in host.ok("verify")


class TestVerify:
    @pytest.mark.parametrize("words", [("broker", NAME), (f"{NAME}.tar",), (NAME,), ("--file",)], ids=" ".join)
    def test_compares_its_md5_and_says_what_that_proves(self, host: Host, old: Path, words: tuple[str, ...]) -> None:
        words = (*words, str(old)) if words == ("--file",) else words
        lines = host.ok("verify", *words).splitlines()
        assert lines[0].startswith(f"{old.name}: unauthenticated, a dump of ")
        assert lines[1] == "  md5 matches; nothing proves who made it"
        verdict = json.loads(host.ok("verify", *words, "--json"))[0]
        assert (verdict["authenticated"], verdict["md5"], verdict["kdf"]) == (False, True, "sop")
        assert verdict["verdict"] == "whole"

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (gzip.compress(OLD[:-9]), "the dump is not complete"),
            (gzip.compress(OLD)[:-2], "compressed data is cut short"),
            (gzip.compress(OLD) * 2, "after the end of the compressed data"),
            (b"backup failed\n", "does not begin as a plain PostgreSQL dump"),
            (gzip.compress(CLUSTER), "but with '-- PostgreSQL database cluster dump'"),
            (b"", "does not begin as a plain|the dump is not complete"),
        ],
        ids=["cut dump", "cut gzip", "two members", "text", "all databases", "nothing"],
    )
    def test_refuses_what_is_no_whole_dump_though_its_md5_matches(self, host: Host, content: bytes, said: str) -> None:
        path = stored(host, content)
        done = host.tool("verify", "--file", str(path))
        assert done.returncode == 4
        assert any(part in done.stderr for part in said.split("|")), done.stderr
        assert "\nhint: " in done.stderr
        if "compressed" not in said:  # then gzip's own sum says that it is damaged
            assert "decrypt it and look into it: it may be of pg_dumpall, or for pg_restore" in done.stderr

    def test_refuses_another_md5(self, host: Host, old: Path) -> None:
        altered(old)
        refused(host, "verify", NAME, code=4, said="another md5")

    def test_needs_it_in_one_of_the_stores_only(self, host: Host, old: Path) -> None:
        more = f'\n[[plans.broker.stores]]\ntype = "directory"\npath = "{host.folder}/second"\ncreate = true\n'
        host.config.write_text(host.config.read_text() + more)
        assert host.ok("verify", NAME).count("md5 matches") == 1
        refused(host, "verify", "backup_2025_01_01T00_00_00", code=1, said="no backup backup_2025_01_01T00_00_00")

    def test_says_which_passphrase_is_wrong(self, host: Host, old: Path) -> None:
        (host.folder / "passphrase.txt").write_text("another one\n")
        refused(host, "verify", NAME, code=4, said="no known key derivation opens this", hint="wrong passphrase")

    def test_takes_a_derivation_that_is_named(self, host: Host) -> None:
        path = stored(host, gzip.compress(OLD), "-pbkdf2 -iter 4711")
        refused(host, "verify", NAME, code=4, said="no known key derivation", hint="--kdf")
        assert "md5 matches" in host.ok("verify", "--file", str(path), "--kdf", "pbkdf2:4711")
        refused(host, "verify", NAME, "--kdf", "pbkdf2:0", code=2, said="1 to 10000000")

    def test_reads_no_bundle_as_one(self, host: Host) -> None:
        host.ok("backup")
        bundle = host.bundle()
        refused(host, "verify", "--file", str(bundle), "--kdf", "sop", code=2, said="--kdf is for old backups")
        bundle.rename(host.store / f"{NAME}.tar")
        refused(host, "verify", NAME, code=4, said="a bundle of format 1")


@pytest.mark.parametrize("by_file", [False, True])
def test_a_drill_refuses_one_for_what_it_is_and_calls_it_neither_bad_nor_drilled(
    host: Host, old: Path, *, by_file: bool
) -> None:
    words = ("--file", str(old)) if by_file else (NAME,)
    refused(host, "drill", *words, code=2, said="nothing in it says what it must be", hint="restore --unauthenticated")
    assert json.loads(host.ok("list", "--json"))[0].get("drilled") is None


class TestRestore:
    def test_another_time_beside_its_name_is_refused_as_a_bundles_is(self, host: Host, old: Path) -> None:
        words = ("--into", "never", "--unauthenticated", "--at", "2026-01-01")
        refused(host, "restore", NAME, *words, code=2, said="--at chooses among stored backups, and one is named")
        assert host.server.psql("select count(*) from pg_database where datname = 'never'") == "0"

    def test_is_refused_without_the_switch(self, host: Host, old: Path) -> None:
        words = ("restore", NAME, "--into", "never")
        refused(host, *words, code=2, said="is unauthenticated: nothing proves who made it", hint="--unauthenticated")
        refused(host, "restore", "--file", str(old), "--into", "never", code=2, said="is unauthenticated")
        assert host.server.psql("select count(*) from pg_database where datname = 'never'") == "0"

    def test_it_goes_where_the_command_line_says(self, host: Host, old: Path) -> None:
        words = ("--into", "never", "--unauthenticated", "--to-shell", "nowhere")
        refused(host, "restore", "--file", str(old), *words, code=2, said="'nowhere' is no shell")
        assert host.server.psql("select count(*) from pg_database where datname = 'never'") == "0"

    def test_it_needs_no_configuration(self, host: Host, dump: bytes) -> None:
        """The old tar, its passphrase and a new host: what is left after a disaster."""
        words = ("restore", "--file", str(stored(host, dump)), "--unauthenticated")
        opens = ("--passphrase-file", str(host.folder / "passphrase.txt"))
        to = ("--to-shell", "local", "--to-host", str(host.server.socket), "--to-user", "postgres")
        path = f"{host.server.programs}:{os.environ['PATH']}"
        nameless = host.run(*words, *opens, *to, PATH=path)
        assert (nameless.returncode, "--into NAME" in nameless.stderr) == (2, True)
        done = host.run(*words, *opens, *to, "--into", "from_nothing", PATH=path)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{NAME}.tar: restored into from_nothing; md5 matches; nothing proves who made it\n"
        host.server.psql("drop database from_nothing")

    @pytest.mark.parametrize("by_file", [False, True])
    def test_loads_it_when_asked_to_and_says_what_lacks(self, host: Host, dump: bytes, *, by_file: bool) -> None:
        path = stored(host, dump)
        words = ("--file", str(path)) if by_file else (NAME,)
        done = host.tool("restore", *words, "--into", "from_old", "--unauthenticated")
        assert done.returncode == 0, done.stderr
        said = f"{NAME}.tar is unauthenticated and has the data only: from_old gets UTF-8 and the owner postgres"
        assert said in done.stderr
        assert done.stdout == f"{NAME}.tar: restored into from_old; md5 matches; nothing proves who made it\n"
        rows = f"set timezone = 'UTC'; {DIGEST}"  # the database's own settings are not in an old backup
        assert host.server.psql(rows, "from_old") == host.server.psql(rows, "broker")
        about = "pg_encoding_to_char(encoding), pg_get_userbyid(datdba) from pg_database where datname = 'from_old'"
        assert host.server.psql(f"select {about}") == "UTF8|postgres"
        again = host.tool("restore", *words, "--into", "from_old", "--unauthenticated")
        assert (again.returncode, "has tables" in again.stderr) == (2, True)
        host.server.psql("drop database from_old")

    def test_in_place_of_another_it_gets_what_that_one_has(self, host: Host, dump: bytes) -> None:
        stored(host, dump)
        host.server.psql("create role tokyo; create database from_old owner tokyo;"
                         " alter database from_old set timezone to 'Asia/Tokyo'; grant create on database from_old"
                         " to public")  # fmt: skip
        host.server.psql("create table precious ()", "from_old")
        words = ("restore", NAME, "--into", "from_old", "--unauthenticated", "--replace")
        done = host.tool(*words)
        assert (done.returncode, "keeps the owner it has" in done.stderr) == (0, True), done.stderr
        about = "pg_get_userbyid(datdba), array_to_string(datacl, ' ') from pg_database where datname = 'from_old'"
        assert host.server.psql(f"select {about}") == "tokyo|=CTc/tokyo tokyo=CTc/tokyo"
        assert host.server.psql("show timezone; select to_regclass('precious')", "from_old") == "Asia/Tokyo"
        assert "dropped from_old_replaced_" in host.ok("restore", "--into", "from_old", "--drop-old")
        host.server.psql("drop database from_old; drop role tokyo")

    @pytest.mark.parametrize(
        ("line", "code", "said"),
        [
            ("\\! touch {}", 5, "backslash commands are restricted"),
            ("SELECT 1 \\g |touch {}", 5, "backslash commands are restricted"),
            ("\\unrestrict `touch {}`", 4, "the dump has an \\unrestrict in its middle: pg_dump --create writes one"),
            ("CREATE DATABASE x;\n\\connect x\n", 5, "as pg_dump --create writes it"),
        ],
    )
    def test_runs_no_command_that_is_in_the_dump(self, host: Host, line: str, code: int, said: str) -> None:
        host.folder.chmod(0o777)
        proof = host.folder / "proof"
        stored(host, gzip.compress(OLD.replace(b"SET statement_timeout = 0;", line.format(proof).encode())))
        done = host.tool("restore", NAME, "--into", "never", "--unauthenticated")
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr
        assert not proof.exists()
        assert host.server.psql("select datname from pg_database where datname ~ 'never|unfinished'") == ""

    def test_checks_all_of_it_before_psql_sees_any(self, host: Host, old: Path) -> None:
        altered(old)
        done = host.tool("-v", "restore", NAME, "--into", "never", "--unauthenticated")
        assert (done.returncode, "another md5" in done.stderr) == (4, True)
        assert "making the database" not in done.stderr

    def test_goes_on_with_an_older_psql_and_says_what_that_means(self, host: Host, dump: bytes) -> None:
        assert b"\n\\restrict " in gzip.decompress(dump)[:200], (
            "pg_dump of today writes what an older psql does not know"
        )
        stored(host, dump)
        old_psql = host.folder / "bin" / "psql"
        old_psql.parent.mkdir()
        old_psql.write_text(OLD_PSQL.format(programs=host.server.programs))
        old_psql.chmod(0o755)
        path = f'path = "{host.server.programs}"'
        host.config.write_text(host.config.read_text().replace(path, f'path = "{old_psql.parent}"'))
        done = host.tool("restore", NAME, "--into", "from_old", "--unauthenticated")
        assert done.returncode == 0, done.stderr
        assert "psql is older than August 2025: what is in the dump may run programs" in done.stderr
        assert host.server.psql("select count(*) from submission", "from_old") == "12000"
        host.server.psql("drop database from_old")

    def test_says_which_role_is_missing(self, host: Host, dump: bytes) -> None:
        plain = gzip.decompress(dump).replace(b"OWNER TO broker;", b"OWNER TO gone;")
        stored(host, gzip.compress(plain, 1))
        done = host.tool("restore", NAME, "--into", "never", "--unauthenticated")
        assert (done.returncode, 'role "gone" does not exist' in done.stderr) == (5, True)
        assert "an old backup has no roles" in done.stderr

    def test_never_reads_a_bundle_so(self, host: Host) -> None:
        host.ok("backup")
        bundle = host.bundle()
        content = bytearray(bundle.read_bytes())
        content[-1500] ^= 1
        bundle.write_bytes(content)
        words = ("restore", "--file", str(bundle), "--into", "never", "--unauthenticated")
        assert host.tool(*words).returncode == 4
        assert host.server.psql("select count(*) from pg_database where datname = 'never'") == "0"
