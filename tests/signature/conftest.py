"""Keys of each kind, and a list that allows them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from backuptool.errors import VerificationError
from backuptool.signature import check
from backuptool.sshsig import signer_line

TEXT = b"0000000000000000000000000000000000000000000000000000000000000000  RECOVER.txt\n"
KINDS = ("ed25519", "ecdsa", "rsa")
VERIFY = "ssh-keygen -Y verify -f allowed_signers -I {principal} -n {namespace} -s SHA256SUMS.sig < SHA256SUMS"


def sh(command: str, folder: Path, **names: str) -> subprocess.CompletedProcess[str]:
    given = {"namespace": "backuptool-bundle-1", "principal": "backuptool-broker", "key": "ed25519", **names}
    argv = ["sh", "-ec", command.format(**given)]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


@dataclass
class Signers:
    """A folder with a key of each kind, of which allowed_signers knows all but `other`."""

    folder: Path

    @property
    def allowed(self) -> Path:
        return self.folder / "allowed_signers"

    def key(self, kind: str = "ed25519") -> Path:
        return self.folder / kind

    def good(self, made: bytes, text: bytes = TEXT, plan: str = "broker") -> bool:
        try:
            check(text, made, self.allowed, plan)
        except VerificationError:
            return False
        return True

    def stock(self, made: bytes) -> bool:
        (self.folder / "SHA256SUMS.sig").write_bytes(made)
        return sh(VERIFY, self.folder).returncode == 0


@pytest.fixture(scope="module")
def signers(tmp_path_factory: pytest.TempPathFactory) -> Signers:
    folder = tmp_path_factory.mktemp("signers")
    for kind in KINDS:
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", folder / kind], check=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "other"], check=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "battery staple", "-f", folder / "locked"], check=True)
    lines = (signer_line((folder / f"{kind}.pub").read_text()) for kind in KINDS)
    (folder / "allowed_signers").write_text("".join(lines))
    (folder / "SHA256SUMS").write_bytes(TEXT)
    return Signers(folder)
