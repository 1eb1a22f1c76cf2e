"""RECOVER.txt's restore where gunzip stops in the middle: a disk that cannot be read, a process that was killed."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.bundle.recover import recover_text, script
from backuptool.embedded.postgresql import PostgreSQL

ROLES = "SELECT false AS new_1 \\gset\n\\if :new_1\nCREATE ROLE nobody_wants;\n\\endif\n"
DATABASE = 'CREATE DATABASE :"target_db";\n'
DUMP = (
    "--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE t (a text);\n"
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$\nSELECT 'x;'\n$_$;\n"
    "COPY t (a) FROM stdin;\none\ntwo\n\\.\n\nCOMMENT ON TABLE t IS 'it;\nis';\n"
    "\n\n--\n-- PostgreSQL database dump complete\n--\n\n"
)
MEMBERS = {".sql.gz": DUMP, ".database.sql.gz": DATABASE, ".globals.sql.gz": ROLES}
# The dump is read twice: first for its last lines.
GUNZIP = """#!/bin/sh
case $2 in *"$CUT") echo "$2" >> ../read ;; *) exec "$REAL" "$@" ;; esac
test "$(wc -l < ../read)" -gt "$AFTER" || exec "$REAL" "$@"
"$REAL" "$@" | head -c "$BYTES"
exit 1
"""
BEFORE = ("--\n", "CREATE FUNCTION", "x;", "one", "wo\n", "\\.\n", "is", "\n\n\n--")
CUTS = [(".sql.gz", DUMP.index(what)) for what in BEFORE]
CUTS += [(".database.sql.gz", 0), (".globals.sql.gz", 0), (".globals.sql.gz", ROLES.index("CREATE ROLE"))]


@pytest.mark.parametrize(("member", "length"), CUTS)
def test_no_restore_is_called_done_that_gunzip_did_not_read_to_the_end(
    tmp_path: Path, server: PostgreSQL, member: str, length: int
) -> None:
    """A shell without pipefail sees psql's exit code only, and psql takes the end of what it reads for the end."""
    after = str(int(member == ".sql.gz"))
    done = restored(tmp_path, server, {"CUT": f"stem{member}", "BYTES": str(length), "AFTER": after})
    assert done.returncode != 0, done.stdout + done.stderr
    assert "Restored" not in done.stdout


def test_what_it_reads_to_the_end_is_restored(tmp_path: Path, server: PostgreSQL) -> None:
    done = restored(tmp_path, server, {"CUT": "nothing", "BYTES": "0", "AFTER": "0"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "Restored into the database by_hand.\n", "")
    assert server.psql("SELECT count(*) FROM t", "by_hand") == "2"


@pytest.fixture(autouse=True)
def _dropped(server: PostgreSQL) -> Iterator[None]:
    yield
    server.psql("DROP DATABASE IF EXISTS by_hand")


def restored(tmp_path: Path, server: PostgreSQL, cut: dict[str, str]) -> subprocess.CompletedProcess[str]:
    folder, programs = tmp_path / "restore", tmp_path / "programs"
    folder.mkdir()
    programs.mkdir()
    for member, text in MEMBERS.items():
        (folder / f"stem{member}").write_bytes(gzip.compress(text.encode()))
    (programs / "gunzip").write_text(GUNZIP)
    (programs / "gunzip").chmod(0o700)
    environment = {
        "PATH": f"{programs}:{server.programs}:{os.environ['PATH']}", "REAL": str(shutil.which("gunzip")),
        "PGHOST": str(server.socket), "PGUSER": server.user, "TARGET_DB": "by_hand", **cut,
    }  # fmt: skip
    commands = script(recover_text("pbkdf2"), "restore")
    return subprocess.run(
        ["sh", "-c", commands], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
