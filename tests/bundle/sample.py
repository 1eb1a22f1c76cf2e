"""Small bundles of every variant, for tests."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from backuptool.bundle import Chain, Keys, Sealing, Stem, Writer, names
from backuptool.compression import compress
from backuptool.contents import Contents, Scan, ServerFacts
from backuptool.encryption import SOP, Kdf
from backuptool.recipients import new_passphrase, read_identity, read_recipient
from backuptool.recipients.recipient import public_pem
from backuptool.secret import Secret
from backuptool.signature import new_key
from backuptool.sshsig import signer_line
from tests.programs import needed

PASSPHRASE = Secret(b"correct horse")
STEM = Stem.now("broker", "Db1.example.org", datetime(2026, 11, 23, 4, 5, 6, 789, tzinfo=UTC))
CHAIN = Chain(3, "ab" * 32)
DUMP = (
    b"--\n-- PostgreSQL database dump\n--\n\nCOPY t (a) FROM stdin;\n"
    + os.urandom(1500).hex().encode()
    + b"\n\\.\n\n\n--\n-- PostgreSQL database dump complete\n--\n\n"
)
SERVER = ServerFacts(
    database="broker", server_version="18.1", server_version_num=180001, pg_dump_version="18.1",
    bootstrap_superuser="postgres", encoding="UTF8", collation="C.UTF-8", ctype="C.UTF-8", locale_provider="libc",
    locale=None, collation_version=None, timezone="Etc/UTC", extensions={"plpgsql": "1.0"}, database_size=7_000_000,
)  # fmt: skip
DATABASE, ROLES = b"CREATE DATABASE x;\n", b"CREATE ROLE y;\n"


@dataclass(frozen=True)
class KeyRing:
    """Files of keys: a recipient's pair (`identity`, `recipient`), `signing_key`, `signers`."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> KeyRing:
        needed("ssh-keygen")
        key = generate_private_key(65537, 3072)
        made = cls(folder)
        for path, content in (
            (made.identity, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())),
            (made.recipient, public_pem(key.public_key())),
        ):
            path.touch(mode=0o600)
            path.write_bytes(content)
        made.signers.write_text(signer_line(new_key(made.signing_key)))
        return made

    @property
    def identity(self) -> Path:
        return self.folder / "identity.pem"

    @property
    def recipient(self) -> Path:
        return self.folder / "recipient.pem"

    @property
    def signing_key(self) -> Path:
        return self.folder / "signing_key"

    @property
    def signers(self) -> Path:
        return self.folder / "allowed_signers"

    def sealing(self, kdf: Kdf = SOP, *, sealed: bool = False, signed: bool = False) -> Sealing:
        """What a bundle of this variant is made under."""
        recipients = (read_recipient(self.recipient),) if sealed else ()
        key = self.signing_key if signed else None
        return Sealing(new_passphrase() if sealed else PASSPHRASE, kdf, recipients, key)

    def keys(self, *, sealed: bool = False, signed: bool = False) -> Keys:
        """What a reader of this variant has."""
        keys = Keys(identity=read_identity(self.identity, None)) if sealed else Keys.of(PASSPHRASE)
        return Keys(keys.passphrases, keys.identity, self.signers if signed else None)


def make(
    folder: Path, sealing: Sealing | None = None, stem: Stem = STEM, *, roles: bool = True, md5: bool = True,
    chain: Chain = CHAIN, dump: bytes = DUMP,
) -> Path:  # fmt: skip
    """A bundle in `folder` (which is made); unless told otherwise under `kdf = "sop"`, which takes no time."""
    folder.mkdir(exist_ok=True)
    with Writer(folder, stem, sealing or Sealing(PASSPHRASE, SOP), md5=md5) as writer:
        writer.add(names.SQL, compress([dump]))
        writer.add(names.DATABASE, compress([DATABASE]))
        if roles:
            writer.add(names.GLOBALS, compress([ROLES]))
        writer.add(names.CONTENTS, compress([contents(roles=roles, dump=dump).encode()]))
        writer.finish(chain)
    return writer.path


def contents(*, roles: bool = True, dump: bytes = DUMP) -> Contents:
    plain = {"sql": len(dump), "database": len(DATABASE)} | ({"globals": len(ROLES)} if roles else {})
    scan = Scan()
    for _ in scan.watch([dump]):
        pass
    return Contents.model_validate({"server": SERVER, "dump": scan.result(), "plain": plain})
