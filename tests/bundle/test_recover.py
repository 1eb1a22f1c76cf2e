"""RECOVER.txt: its commands, run as they stand, check and decrypt every variant with stock tools, and stop at harm."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from backuptool.bundle import names
from backuptool.bundle.recover import recover_text, script, variants
from backuptool.encryption import WRITABLE
from tests.bundle.sample import DATABASE, DUMP, PASSPHRASE, ROLES, STEM, KeyRing, make

TOP = Path(__file__).parents[2]


@dataclass
class Extracted:
    """A bundle, extracted by tar into an empty folder, and what the person at the keyboard exports."""

    folder: Path
    parts: tuple[str, ...]
    environment: dict[str, str]

    def run(self, part: str) -> subprocess.CompletedProcess[str]:
        commands = script((self.folder / names.RECOVER).read_bytes(), part)
        environment = {"PATH": os.environ["PATH"], **self.environment}
        return subprocess.run(
            ["sh", "-c", commands], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )

    def until(self, last: str) -> subprocess.CompletedProcess[str]:
        """The parts in order, as long as they succeed; what the last one that ran said."""
        for part in self.parts:
            done = self.run(part)
            if done.returncode != 0 or part == last:
                return done
        raise AssertionError(f"there is no part {last}")


def extracted(tmp_path: Path, ring: KeyRing, kdf: str, *, sealed: bool, signed: bool, roles: bool) -> Extracted:
    path = make(tmp_path / "made", ring.sealing(WRITABLE[kdf], sealed=sealed, signed=signed), roles=roles)
    folder = tmp_path / "out"
    folder.mkdir()
    subprocess.run(["tar", "-xkf", path, "-C", folder], check=True)
    passphrase = tmp_path / "passphrase"
    if not sealed:
        passphrase.write_bytes(PASSPHRASE.reveal() + b"\n")
    environment = {"PASSPHRASE_FILE": str(passphrase), "SIGNERS": str(ring.signers), "IDENTITY": str(ring.identity)}
    return Extracted(folder, (*(["unseal"] if sealed else []), "check", "decrypt"), environment)


# Without roles the text is the same. The suite in docker restores each of all sixteen.
# Of the plan's own derivation two, for each costs 10 CPU s; integration/test_recovery.py has all, with a server.
VARIANTS = [*product(("sop",), *[(False, True)] * 3), ("pbkdf2", False, False, True), ("pbkdf2", True, True, True)]
NAMES = [f"{kdf}, sealed {sealed}, signed {signed}, roles {roles}" for kdf, sealed, signed, roles in VARIANTS]


@pytest.mark.parametrize(("kdf", "sealed", "signed", "roles"), VARIANTS, ids=NAMES)
def test_the_commands_check_and_decrypt_every_variant(
    tmp_path: Path, ring: KeyRing, kdf: str, *, sealed: bool, signed: bool, roles: bool
) -> None:
    by_hand = extracted(tmp_path, ring, kdf, sealed=sealed, signed=signed, roles=roles)
    done = by_hand.until("decrypt")
    assert done.returncode == 0, done.stderr
    wanted = {f"{STEM}.sql.gz": DUMP, f"{STEM}.database.sql.gz": DATABASE, f"{STEM}.globals.sql.gz": ROLES}
    for name, content in wanted.items():
        path = by_hand.folder / name
        if roles or "globals" not in name:
            assert subprocess.run(["gunzip", "-c", path], capture_output=True, check=True).stdout == content
        else:
            assert not path.exists()


def test_the_text_tells_how_to_take_its_parts_out_and_that_works(tmp_path: Path, ring: KeyRing) -> None:
    by_hand = extracted(tmp_path, ring, "sop", sealed=True, signed=True, roles=True)
    text = (by_hand.folder / names.RECOVER).read_text()
    loop = text[text.index("        for PART in") : text.index("        sh ../unseal.sh")]
    run = text[text.index("sh ../unseal.sh") : text.index(" && sh ../restore.sh")]
    environment = {"PATH": os.environ["PATH"], **by_hand.environment}
    done = subprocess.run(
        ["sh", "-euc", loop + run], cwd=by_hand.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "restore.sh").read_text() == script(text.encode(), "restore")
    assert f"It was made as\n{STEM}.tar\n" in done.stdout


def harm(folder: Path, what: str) -> None:
    victims = {
        "data": f"{STEM}.sql.gz.enc", "text": names.RECOVER, "manifest": names.MANIFEST, "sums": names.SUMS,
        "hmac": names.HMAC, "signature": names.SIGNATURE, "sealed": f"{names.SEALED}1",
    }  # fmt: skip
    if what == "extra":
        (folder / ".extra").touch()
    elif what == "missing":
        (folder / f"{STEM}.globals.sql.gz.enc").unlink()
    elif what == "two lines":
        (folder / names.HMAC).write_bytes((folder / names.HMAC).read_bytes() * 2)
    else:
        content = bytearray((folder / victims[what]).read_bytes())
        content[120] ^= 1
        (folder / victims[what]).write_bytes(content)


HARM = ("data", "text", "manifest", "sums", "hmac", "two lines", "extra", "missing", "signature", "sealed")


@pytest.mark.parametrize("what", HARM)
def test_the_check_stops_at_every_harm(tmp_path: Path, ring: KeyRing, what: str) -> None:
    by_hand = extracted(tmp_path, ring, "sop", sealed=True, signed=True, roles=True)
    harm(by_hand.folder, what)
    done = by_hand.until("check")
    assert done.returncode != 0
    assert "STOP: " in done.stderr


def test_an_altered_text_is_named_and_a_good_one_in_its_place_passes(tmp_path: Path, ring: KeyRing) -> None:
    by_hand = extracted(tmp_path, ring, "sop", sealed=False, signed=False, roles=True)
    harm(by_hand.folder, "text")
    done = by_hand.run("check")
    assert (done.returncode, done.stdout) == (1, f"{names.RECOVER}: FAILED\n")
    (by_hand.folder / names.RECOVER).write_bytes(recover_text("sop"))
    assert by_hand.run("check").returncode == 0


def test_the_check_stops_at_another_passphrase_and_at_another_signer(tmp_path: Path, ring: KeyRing) -> None:
    by_hand = extracted(tmp_path, ring, "sop", sealed=False, signed=True, roles=True)
    assert by_hand.run("check").returncode == 0
    (tmp_path / "passphrase").write_bytes(b"another one\n")
    assert "not the passphrase" in by_hand.run("check").stderr
    (tmp_path / "passphrase").write_bytes(PASSPHRASE.reveal())
    (tmp_path / "other").mkdir()
    by_hand.environment["SIGNERS"] = str(KeyRing.make(tmp_path / "other").signers)
    assert "not one of those you trust" in by_hand.run("check").stderr
    by_hand.environment["SIGNERS"] = "none"
    done = by_hand.run("check")
    assert (done.returncode, "the signature is not checked" in done.stdout) == (0, True)


def test_another_private_key_is_told(tmp_path: Path, ring: KeyRing) -> None:
    by_hand = extracted(tmp_path, ring, "sop", sealed=True, signed=True, roles=True)
    (tmp_path / "other").mkdir()
    by_hand.environment["IDENTITY"] = str(KeyRing.make(tmp_path / "other").identity)
    done = by_hand.run("unseal")
    assert (done.returncode, "not sealed for this private key" in done.stderr) == (1, True)
    assert not (tmp_path / "passphrase").exists()


def asked(by_hand: Extracted, target: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """What the restore into `target` says, and what it asks of psql."""
    psql, log = by_hand.folder.parent / "psql", by_hand.folder.parent / "asked"
    psql.write_text(f'#!/bin/sh\ncat > /dev/null\necho "$@" >> {log}\n')
    psql.chmod(0o700)
    log.write_text("")
    by_hand.environment |= {"PSQL": str(psql), "TARGET_DB": target}
    return by_hand.run("restore"), log.read_text()


@pytest.mark.parametrize("target", ["dbname=live", "host=db1 dbname=live user=postgres", "postgres://db1/live",
                                    "postgresql:///live"])  # fmt: skip
def test_a_connection_string_is_no_name_for_the_new_database(tmp_path: Path, ring: KeyRing, target: str) -> None:
    """psql would take it for where to go: a database of that name is made, and the data loaded into the live one."""
    by_hand = extracted(tmp_path, ring, "sop", sealed=False, signed=False, roles=True)
    assert by_hand.until("decrypt").returncode == 0
    done, psql = asked(by_hand, target)
    assert (done.returncode, psql) == (1, "")
    assert "STOP: TARGET_DB" in done.stderr


@pytest.mark.parametrize("target", ["restored", "Über uns; 'x' \"y\" $HOME", "postgres", "a://b"])
def test_any_other_name_is_handed_to_psql_as_it_is(tmp_path: Path, ring: KeyRing, target: str) -> None:
    by_hand = extracted(tmp_path, ring, "sop", sealed=False, signed=False, roles=True)
    assert by_hand.until("decrypt").returncode == 0
    done, psql = asked(by_hand, target)
    assert done.returncode == 0, done.stderr
    assert f"-v target_db={target} -d postgres\n" in psql
    assert psql.count(f"-d {target}\n") == 1 + (target == "postgres") * 2


def test_the_text_fits_a_page_and_has_nothing_left_of_the_template() -> None:
    for kdf, sealed, signed in product(WRITABLE, (False, True), (False, True)):
        text = recover_text(kdf, sealed=sealed, signed=signed).decode()
        assert max(map(len, text.splitlines())) <= 80
        assert "@" not in text
        assert not any(line.startswith("?") for line in text.splitlines())
    assert len(set(variants().values())) == 6


def test_the_page_to_print_has_the_sums_and_the_scripts_of_every_variant() -> None:
    page = (TOP / "docs" / "recovery.md").read_text(encoding="utf-8")
    for digest in variants().values():
        assert digest in page
    for kdf in WRITABLE:  # no plan can make it, and who has the public key can: a person must not follow it
        forged = hashlib.sha256(recover_text(kdf, sealed=True)).hexdigest()
        assert (forged in page, forged in variants().values()) == (False, False)
    sealed = recover_text("pbkdf2", sealed=True, signed=True)
    assert f"```sh\n{script(sealed, 'unseal')}```\n" in page
    plain = recover_text("pbkdf2")
    for part in ("check", "decrypt", "restore"):
        assert f"```sh\n{script(plain, part)}```\n" in page
    assert f"```sh\n{script(recover_text('pbkdf2', signed=True), 'check')}```\n" in page


@pytest.mark.parametrize("sealed", [False, True])
def test_the_steps_of_the_page_to_print_need_no_text_in_the_backup(
    tmp_path: Path, ring: KeyRing, *, sealed: bool
) -> None:
    page = (TOP / "docs" / "recovery.md").read_text(encoding="utf-8")
    scripts = dict(re.findall(r"^### (\w+).*?```sh\n(.*?)```", page, re.DOTALL | re.MULTILINE))
    scripts["check"] = scripts.pop("What") if sealed else scripts["check"]  # what differs: the check of a signed one
    for part, commands in scripts.items():
        (tmp_path / f"{part}.sh").write_text(commands)
    (tmp_path / "passphrase.txt").write_bytes(PASSPHRASE.reveal())
    path = make(tmp_path / "made", ring.sealing(WRITABLE["pbkdf2"], sealed=sealed, signed=sealed))
    (steps,) = re.findall(r"^## Without the tool and without RECOVER.txt\n(.*?)^## ", page, re.DOTALL | re.MULTILINE)
    commands = "".join(re.findall(r"^ {7}(.*\n)", steps, re.MULTILINE))
    for shown, here in {
        "/path/to/THE_BACKUP.tar": path, "/path/to/identity.pem": ring.identity,
        "/path/to/allowed_signers": ring.signers, "docker compose exec -T postgres psql -U postgres": "true",
        "/path/to/passphrase.txt": tmp_path / ("unsealed" if sealed else "passphrase.txt"),
        "sh ../unseal.sh": "sh ../unseal.sh" if sealed else "",
    }.items():  # fmt: skip
        assert commands.count(shown) == 1
        commands = commands.replace(shown, str(here))
    done = subprocess.run(
        ["sh", "-euc", commands], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("Restored into the database restored.\n")
