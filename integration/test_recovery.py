"""RECOVER.txt, taken out of the stored file and run as it stands, on a machine that has little more than openssl."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from backuptool.backup import backup
from backuptool.bundle import names
from backuptool.bundle.recover import script
from backuptool.config import read_config
from integration.conftest import TOOL, Host, MakeHost, Stack

SMALL = """
CREATE DATABASE small OWNER broker;
ALTER DATABASE small SET timezone = 'Europe/Berlin';
ALTER DATABASE small SET default_transaction_read_only = on;
"""
TABLES = """
SET default_transaction_read_only = off;
CREATE TABLE "a ""b" AS SELECT n, md5(n::text) FROM generate_series(1, 1000) n;
CREATE TABLE files AS SELECT lo_from_bytea(0, '\\xdeadbeef') AS oid;
"""
# A machine that has sh, coreutils, tar, gzip, openssl, psql and nothing else; ssh-keygen is for signatures.
MACHINE = """
set -eu
mkdir /only
for program in $(dpkg -L coreutils | grep -E '^/(usr/)?bin/'); do ln -sf "$program" /only/; done
for program in sh tar gzip gunzip openssl $MORE; do ln -s "$(command -v $program)" /only/; done
ln -s "$(ls /usr/lib/postgresql/*/bin/psql)" /only/psql
export PATH=/only
test ! -e /only/sed && test ! -e /only/grep && test ! -e /only/python3
mkdir /empty
cd /empty
tar -xkf /given/bundle.tar
for part in $PARTS; do
    echo "--- $part"
    sh "/given/$part.sh"
done
"""


@pytest.fixture(scope="module")
def small(stack: Stack) -> Stack:
    stack.psql(SMALL, "postgres")
    stack.psql(TABLES, "small")
    return stack


@pytest.fixture(scope="module")
def machine() -> str:
    """The image of that machine: PostgreSQL's client programs are in the server's; ssh-keygen is added."""
    dockerfile = (
        "FROM backuptool-test-postgres\n"
        "RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends openssl openssh-client > /dev/null"
    )
    build = ["docker", "build", "-q", "--network", "host", "-t", "backuptool-test-machine", "-"]
    subprocess.run(build, input=dockerfile.encode(), check=True, env={"DOCKER_BUILDKIT": "0", "PATH": "/usr/bin:/bin"})
    return "backuptool-test-machine"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keygen") / "keys"
    subprocess.run([*TOOL, "keygen", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


@dataclass(frozen=True)
class Variant:
    kdf: str
    roles: bool
    sealed: bool
    signed: bool

    def __str__(self) -> str:
        words = (self.kdf, "globals" if self.roles else "none", "recipients" if self.sealed else "passphrase")
        return "-".join((*words, "signed" if self.signed else "unsigned"))

    @property
    def parts(self) -> list[str]:
        return [*(["unseal"] if self.sealed else []), "check", "decrypt", "restore"]

    def write(self, host: Host, keys: Path) -> None:
        """Change the host's plan to this."""
        own = f'passphrase_file = "{host.passphrase_file}"'
        given = f'{own}\nkdf = "sop"'
        lines = [f'kdf = "{self.kdf}"', f"roles = {str(self.roles).lower()}"]
        lines.append(f'recipients = ["{keys}/recipient.pem"]' if self.sealed else own)
        if self.signed or self.sealed:
            lines.append(f'signing_key = "{keys}/signing_key"')
        text = host.config.read_text()
        assert given in text
        host.config.write_text(text.replace(given, "\n".join(lines)))

    def back_up(self, host: Host) -> None:
        """The configuration refuses to seal without a signature: the format knows it, for other writers."""
        if self.signed or not self.sealed:
            host.ok("backup")
            return
        plan = read_config(host.config).plan("broker")
        plan.signing_key = None
        backup(plan, datetime.now(UTC))


VARIANTS = [Variant(*words) for words in product(("pbkdf2", "sop"), (True, False), (False, True), (False, True))]


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_every_variant_is_restored_by_its_own_recover_txt(
    make_host: MakeHost, small: Stack, keys: Path, machine: str, tmp_path: Path, variant: Variant
) -> None:
    host = make_host(source='database = "small"')
    variant.write(host, keys)
    variant.back_up(host)
    given, new = tmp_path / "given", str(variant)
    given.mkdir()
    host.bundle().rename(given / "bundle.tar")
    recover = subprocess.run(
        ["tar", "-xOf", given / "bundle.tar", names.RECOVER], capture_output=True, check=True
    ).stdout
    for part in variant.parts:
        (given / f"{part}.sh").write_text(script(recover, part))
    for name, path in (
        ("identity.pem", keys / "identity.pem"), ("allowed_signers", keys / "allowed_signers"),
        ("passphrase", host.passphrase_file),
    ):  # fmt: skip
        (given / name).write_bytes(path.read_bytes())
        (given / name).chmod(0o600)
    environment = {
        "TARGET_DB": new, "PGHOST": "127.0.0.1", "PGUSER": "broker", "IDENTITY": "/given/identity.pem",
        "PASSPHRASE_FILE": "/new" if variant.sealed else "/given/passphrase", "SIGNERS": "/given/allowed_signers",
        "PARTS": " ".join(variant.parts), "MORE": "ssh-keygen" if variant.signed else "",
    }  # fmt: skip
    words = [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
    done = subprocess.run(
        ["docker", "run", "--rm", "-i", "--network", f"container:{small.container('postgres')}",
         "-v", f"{given}:/given:ro", *words, machine, "bash", "-c", MACHINE],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The backup is authentic and whole. It was made as\nbroker_" in done.stdout
    assert small.facts(new) == small.facts("small")
    assert small.psql("show timezone", new) == "Europe/Berlin"
    small.psql(f'DROP DATABASE "{new}"', "postgres")
