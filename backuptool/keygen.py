"""The key sheet: what must be on paper, away from the backup host, for a backup to be restored when the host is gone.

It is the only thing the tool prints with a secret in it, on a line of its own. Plain ASCII, 80 columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from backuptool.keys import Keys
from backuptool.secret import Secret

HOME, CONFIG = "/etc/backuptool", "/etc/backuptool/config.toml"
HEAD = """\
BACKUPTOOL KEY SHEET
====================
Made {now} UTC
on   {host}

Print this, and keep the paper where no fire, thief or flood reaches both it and
the backup host. Keep no copy of this text on a disk. `$` begins a command, run
in the folder of the keys unless something else is said.
"""
FILES = {
    "passphrase": """\
passphrase.txt   SECRET. Makes and opens backups. On the backup host, owned by
                 the user who backs up (with recipients it is not needed). The
                 copy that must be kept elsewhere: this paper.
                 $ install -m 600 passphrase.txt {home}/
""",
    "recipient": """\
identity.pem     SECRET. Opens every backup made for recipient.pem; nothing else
                 does. NEVER ON THE BACKUP HOST: if it was made there, move it
                 away now. Keep two copies in two places, on media that are not
                 connected to anything. Only a restore needs it.
recipient.pem    Public. On the backup host.
                 $ install -m 644 recipient.pem {home}/
""",
    "signing": """\
signing_key      SECRET. Says that a backup is from the backup host. Only there,
                 owned by the user who backs up. No copy: if lost, make another.
                 $ install -m 600 signing_key {home}/
signing_key.pub  Public. What allowed_signers was made of.
allowed_signers  Public. Says whose backups to believe. On every host that reads
                 backups, and beside each copy of what opens them.
                 $ install -m 644 allowed_signers {home}/
""",
}
TYPED = """\
The one line of passphrase.txt:

    {passphrase}

When it is typed in again, this prints a line that begins with {check}:
    $ sha256sum passphrase.txt
"""
# Into the folder above: a file more in the backup's own folder is one that its check stops at.
OPENING = """\
Each passphrase.sealed.N in a backup opens with one recipient's identity.pem. In
the folder into which the backup was extracted, for N = 1:
    $ umask 077; openssl pkeyutl -decrypt -inkey /media/keys/identity.pem \\
        -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 \\
        -pkeyopt rsa_mgf1_md:sha256 \\
        -in passphrase.sealed.1 -out ../passphrase.txt
"""
RECIPIENT = """\
recipient.pem, as printed by this command:
    {recipient}
    $ openssl pkey -pubin -in recipient.pem -outform DER | sha256sum
"""
SIGNER = """\
signing_key, as printed by this command:
    {signer}
    $ ssh-keygen -lf signing_key.pub
"""
VARIANTS = """\
A backup's RECOVER.txt says how to restore it without backuptool. Follow it only
if this command, run beside it, prints one of these numbers:
    $ sha256sum RECOVER.txt
"""
CONFIGURATION = {
    "passphrase": """\
A plan on a backup host that may open its own backups:
    passphrase_file = "{home}/passphrase.txt"
""",
    "recipient": """\
A plan on a backup host that may not open its own backups:
    recipients = ["{home}/recipient.pem"]
    signing_key = "{home}/signing_key"
The same plan where backups are restored, these lines and:
    identity_file = "/media/keys/identity.pem"
""",
    "signing": """\
A plan that signs its backups (with recipients it must):
    signing_key = "{home}/signing_key"
The same plan where backups are read, to believe signed ones only:
    signers = "{home}/allowed_signers"
""",
}


def key_sheet(
    keys: Keys,
    variants: Mapping[str, str],
    checking: str,
    now: datetime,
    host: str,
    home: str = HOME,
    config: str = CONFIG,
) -> str:
    """The sheet for `keys`, which were made at `now` on `host`. `home`: where `config` has them.

    `variants`: kind of RECOVER.txt → the hex sha256 of its text. `checking`: the commands that check a backup by hand,
    ASCII, at most 80 columns; empty leaves their section out.
    """
    kinds = _kinds(keys)
    head = HEAD.format(now=now.astimezone(UTC).strftime("%Y-%m-%d %H:%M"), host=_plain(host))
    sections = (
        ("WHERE EACH FILE BELONGS", "".join(FILES[kind] for kind in kinds).format(home=_ascii(home))),
        ("THE PASSPHRASE", _passphrase(keys.passphrase) if keys.passphrase else ""),
        ("OPENING A BACKUP MADE FOR A RECIPIENT", OPENING if keys.recipient else ""),
        ("FINGERPRINTS", "\n".join(_fingerprints(keys))),
        ("RECOVER.TXT", VARIANTS + "".join(f"    {digest}\n        {kind}\n" for kind, digest in variants.items())),
        ("CHECKING A BACKUP BY HAND", checking),
        (f"CONFIGURATION, {_ascii(config)}", "".join(CONFIGURATION[kind] for kind in kinds).format(home=_ascii(home))),
    )
    return head + "".join(f"\n{title}\n{'-' * len(title)}\n{text.rstrip()}\n" for title, text in sections if text)


def _kinds(keys: Keys) -> list[str]:
    made = {"passphrase": keys.passphrase, "recipient": keys.recipient, "signing": keys.signer}
    return [kind for kind, key in made.items() if key is not None]


def _passphrase(passphrase: Secret) -> str:
    # 32 of at least 264 bits: enough to find a typing error, nothing to guess with.
    check = hashlib.sha256(passphrase.reveal() + b"\n").hexdigest()[:8]
    return TYPED.format(passphrase=passphrase.text(), check=check)


def _fingerprints(keys: Keys) -> Iterator[str]:
    if keys.recipient:
        yield RECIPIENT.format(recipient=keys.recipient)
    if keys.signer:
        yield SIGNER.format(signer=keys.signer)


def _ascii(path: str) -> str:
    return path.encode("ascii", "backslashreplace").decode()


def _plain(host: str) -> str:
    return host.encode("ascii", "replace").decode()[:64]
