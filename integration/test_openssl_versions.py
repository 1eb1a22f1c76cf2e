"""The openssl of Debian 11, 12 and 13: each reads ours, we read its; what the old procedure made with it restores."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backuptool.embedded.postgresql import PostgreSQL, postgresql
from backuptool.encryption import decrypt, encrypt, kdf_named
from backuptool.passphrase import read_passphrase
from backuptool.past import opened
from integration.conftest import TOOL, TOP
from tests.past.procedure import NAME, old_tar
from tests.test_encryption import LINES, WITH_FILE, kdf_of, words

VERSIONS = {"bullseye": "1.1.1", "bookworm": "3.0", "trixie": "3.5"}
DERIVATIONS = {"sop": "", "pbkdf2:10000": "-pbkdf2", "pbkdf2": "-pbkdf2 -iter 600000", "md5": "-md md5"}


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three, fetched once per run."""
    folder = tmp_path_factory.mktemp("openssl")
    subprocess.run([TOP / "integration" / "images" / "openssl", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(params=VERSIONS, scope="module")
def openssl(request: pytest.FixtureRequest, unpacked: Path) -> Path:
    return unpacked / str(request.param) / "openssl"


@pytest.fixture(scope="module")
def passphrase_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("passphrase") / "passphrase.txt"
    path.touch(mode=0o600)
    path.write_text("correct horse battery staple\n")
    return path


def enc(openssl: Path, data: bytes, passphrase_file: Path, *options: str) -> bytes:
    command = [str(openssl), "enc", "-aes-256-cbc", "-kfile", str(passphrase_file), *options]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def test_each_is_the_version_that_its_debian_carries(openssl: Path) -> None:
    said = subprocess.run([openssl, "version"], capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"OpenSSL {VERSIONS[openssl.parent.name]}"), said


@pytest.mark.parametrize("name", DERIVATIONS)
@pytest.mark.parametrize("size", [0, 3_000_001])
def test_it_reads_ours_and_we_read_its(openssl: Path, name: str, size: int, passphrase_file: Path) -> None:
    data, options = (b"0123456789abcde" * (size // 15 + 1))[:size], DERIVATIONS[name].split()
    passphrase, kdf = read_passphrase(passphrase_file), kdf_named(name)
    its = enc(openssl, data, passphrase_file, "-e", *options)
    assert b"".join(decrypt([its], passphrase, kdf)) == data
    ours = b"".join(encrypt([data], passphrase, kdf))
    assert enc(openssl, ours, passphrase_file, "-d", *options) == data


@settings(max_examples=25, deadline=None)
@given(data=st.binary(max_size=100), line=LINES, end=st.sampled_from([b"", b"\n"]), count=st.integers(1, 20_000))
def test_any_bytes_under_any_passphrase_and_count_go_both_ways(
    openssl: Path, passphrase_file: Path, data: bytes, line: bytes, end: bytes, count: int
) -> None:
    changing = passphrase_file.with_name("changing")
    changing.touch(mode=0o600)
    changing.write_bytes(line + end)
    passphrase, kdf = read_passphrase(changing), kdf_named(f"pbkdf2:{count}")
    its = enc(openssl, data, changing, "-e", "-iter", str(count))
    assert b"".join(decrypt([its], passphrase, kdf)) == data
    assert enc(openssl, b"".join(encrypt([data], passphrase, kdf)), changing, "-d", "-iter", str(count)) == data


def test_the_vectors_are_its_too(openssl: Path, tmp_path: Path) -> None:
    for vector in WITH_FILE:
        (tmp_path / "passphrase").write_bytes(bytes.fromhex(vector["pass_file_hex"]))
        plain = enc(openssl, bytes.fromhex(vector["file_hex"]), tmp_path / "passphrase", "-d", *words(vector))
        assert plain.hex() == vector["plaintext_hex"], vector["name"]
        key = kdf_of(vector["options"]).derive(bytes.fromhex(vector["passphrase_hex"]), bytes.fromhex(vector["salt"]))
        assert key.hex() == vector["key"] + vector["iv"]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with postgresql() as running:
        running.psql("CREATE DATABASE broker TEMPLATE template0 ENCODING 'UTF8'")
        rows = "SELECT n, md5(n::text) AS a, 'ü' || n AS b FROM generate_series(1, 20000) n"
        running.psql(f"CREATE TABLE submission AS {rows}", "broker")
        yield running


@pytest.fixture(scope="module")
def dump(server: PostgreSQL) -> bytes:
    command = [str(server.programs / "pg_dump"), "-h", str(server.socket), "-U", server.user, "broker"]
    return gzip.compress(subprocess.run(command, capture_output=True, check=True).stdout)


@pytest.mark.parametrize("name", DERIVATIONS)
def test_how_the_key_of_its_tar_was_made_is_told_without_being_told(
    openssl: Path, name: str, dump: bytes, passphrase_file: Path, tmp_path: Path
) -> None:
    with opened(old_tar(tmp_path, dump, passphrase_file, DERIVATIONS[name], openssl)) as old:
        opening = old.opening([read_passphrase(passphrase_file)])
        assert opening.kdf.name == name
        assert old.verify(opening).md5
        assert b"".join(old.plain(opening)) == dump


def test_what_the_old_procedure_made_with_it_is_verified_decrypted_and_restored(
    openssl: Path, server: PostgreSQL, dump: bytes, passphrase_file: Path, tmp_path: Path
) -> None:
    path = old_tar(tmp_path, dump, passphrase_file, openssl=openssl)
    (tmp_path / "config.toml").write_text(
        f"""
state_dir = "{tmp_path}/state"
[plans.broker]
passphrase_file = "{passphrase_file}"
source = {{ database = "broker", user = "{server.user}", host = "{server.socket}",
            shell = {{ type = "local", path = "{server.programs}" }} }}
stores = [{{ type = "directory", path = "{path.parent}" }}]
""".replace(",\n", ", ")
    )

    def tool(*words: str) -> str:
        argv = [*TOOL, "--config", str(tmp_path / "config.toml"), *words]
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert f"{NAME}.tar" in tool("list")
    (verdict,) = json.loads(tool("verify", NAME, "--json"))
    assert (verdict["authenticated"], verdict["md5"], verdict["kdf"]) == (False, True, "sop")
    tool("decrypt", str(path))
    assert (tmp_path / f"{NAME}.sql.gz").read_bytes() == dump
    tool("restore", NAME, "--into", "restored", "--unauthenticated")
    digest = "select md5(string_agg(t::text, '' order by n)) from submission t"
    assert server.psql(digest, "restored") == server.psql(digest, "broker")
    server.psql("DROP DATABASE restored")
