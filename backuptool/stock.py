"""The stock openssl command in the place of our own cipher: what a drill proves must not depend on this tool."""

from __future__ import annotations

import os
from collections.abc import Iterator

from backuptool.encryption import Kdf
from backuptool.errors import CommandFailed, SourceError, VerificationError
from backuptool.secret import Secret
from backuptool.shells.local import Local
from backuptool.shells.stream import output, through


def openssl_version() -> str:
    """What the openssl on this host calls itself; empty when there is none."""
    try:
        return output(Local().command("openssl", "version")).decode(errors="replace").strip()
    except SourceError:
        return ""


def by_openssl(chunks: Iterator[bytes], passphrase: Secret, kdf: Kdf) -> Iterator[bytes]:
    """What `openssl enc -d` makes of `chunks`; it reads the passphrase from a pipe. Raises VerificationError."""
    reader, writer = os.pipe()
    try:
        os.write(writer, passphrase.reveal() + b"\n")
    finally:
        os.close(writer)
    argv = ("openssl", "enc", "-d", "-aes-256-cbc", *kdf.options.split(), "-pass", f"fd:{reader}")
    try:
        yield from through(Local().command(*argv), chunks, pass_fds=(reader,))
    except CommandFailed as error:
        raise VerificationError(f"openssl: {error.message}", hint="compare with what `verify` says") from error
    finally:
        os.close(reader)
