"""Who made a bundle: SHA256SUMS signed and checked by the stock ssh-keygen (-Y sign, -Y verify; OpenSSH 8.1 or newer).

It runs with an empty environment (no agent, no askpass) and in a session of its own (no terminal): it never asks.
"""

from __future__ import annotations

import shlex
import stat
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from plumbum import CommandNotFound, local

from backuptool.ended import ended
from backuptool.errors import BackuptoolError, UsageError, VerificationError
from backuptool.interruption import held
from backuptool.passphrase import read_private
from backuptool.sshsig import NAMESPACE, check_form

PATIENCE = 60  # s; it takes 0.01 s, but a key on a token waits for a finger


def sign(text: bytes, key: Path) -> bytes:
    """The signature over `text` by the private key in the file `key`. Raises UsageError, BackuptoolError."""
    if b"PRIVATE KEY-----" not in read_private(key, "signing key", stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"the signing key {key} is no private key", hint="backuptool keygen --signing DIR makes one")
    code, made, said = _ssh_keygen(text, "-Y", "sign", "-f", str(key), "-n", NAMESPACE)
    if "incorrect passphrase supplied" in said:
        raise UsageError(
            f"the signing key {key} has a passphrase, and nobody is there at night to type it",
            hint=f"use a key without one (ssh-keygen -p -f {shlex.quote(str(key))} removes it); the file is private",
        )
    if code != 0:
        raise BackuptoolError(f"the signing key {key} does not sign: {said or f'exit code {code}'}", hint=_try(key))
    check_form(made)  # as every reader will
    return made


def _try(key: Path) -> str:
    return f"try it: echo x | ssh-keygen -Y sign -n {NAMESPACE} -f {shlex.quote(str(key))}"


def check(text: bytes, signature: bytes, allowed_signers: Path, plan: str) -> None:
    """See that somebody signed `text` whom the file `allowed_signers` lets sign for `plan`.

    Raises VerificationError with the reason; UsageError when that file cannot be relied on.
    """
    check_form(signature)
    _refuse_unless_ours(allowed_signers)
    principal = f"backuptool-{plan}"
    try:
        with tempfile.TemporaryDirectory(prefix="backuptool-") as folder:
            (Path(folder) / "sig").write_bytes(signature)
            whose = ("-f", str(allowed_signers), "-I", principal, "-n", NAMESPACE)
            code, _, said = _ssh_keygen(text, "-Y", "verify", *whose, "-s", f"{folder}/sig")
    except OSError as error:
        hint = "it is written to $TMPDIR, /tmp or /var/tmp: make room there"
        raise BackuptoolError(f"no temporary file for ssh-keygen: {error.strerror}", hint=hint) from error
    if code != 0:
        raise VerificationError(
            f"the signature is not good: {said or f'{allowed_signers} does not let its key sign for {principal}'}",
            hint="do not rely on this backup, unless you know why: a new signing key must be added to the signers",
        )


def _refuse_unless_ours(allowed_signers: Path) -> None:
    try:
        allowed_signers.read_bytes()  # whether we may: what ssh-keygen says then is no other than of a bad one
        mode = allowed_signers.stat().st_mode
    except OSError as error:
        raise UsageError(
            f"the signers {allowed_signers}: {error.strerror}", hint="backuptool keygen --signing DIR makes such a file"
        ) from error
    if mode & stat.S_IWOTH:
        hint = f"chmod o-w {shlex.quote(str(allowed_signers))}"
        raise UsageError(f"everybody may write the signers {allowed_signers}", hint=hint)


def new_key(path: Path) -> str:
    """A new ed25519 key without passphrase in `path` (0600) and `path`.pub; returns the public line.

    Raises BackuptoolError.
    """
    code, _, said = _ssh_keygen(b"", "-q", "-t", "ed25519", "-N", "", "-C", "backuptool", "-f", str(path))
    if code != 0:
        raise BackuptoolError(f"ssh-keygen makes no key: {said or f'exit code {code}'}", hint="run ssh-keygen by hand")
    return path.with_name(f"{path.name}.pub").read_text(encoding="ascii")


def _ssh_keygen(stdin: bytes, *argv: str) -> tuple[int, bytes, str]:
    """Exit code, stdout, the last line of stderr."""
    try:
        program = local["ssh-keygen"]
    except CommandNotFound:
        raise BackuptoolError("ssh-keygen: not found on this host", hint="install openssh-client") from None
    command: Any = local["env"]["-i", "LC_ALL=C", str(program), *argv]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = command.popen(start_new_session=True, **pipes)
    with process:
        try:
            with held(), suppress(BrokenPipeError):  # it ended early: its exit code and complaint say why
                process.stdin.write(stdin)
                process.stdin.close()
            code = ended(process, PATIENCE)  # what it prints is far less than a pipe holds
        finally:
            process.kill()
        made, said = process.stdout.read(), process.stderr.read()
    if code is None:
        raise BackuptoolError(f"ssh-keygen did not end within {PATIENCE} s", hint="does the key need a touch?")
    return code, made, said.decode(errors="replace").strip().rpartition("\n")[2]
