"""The lines of a unit that hand it its credentials, out of where systemd itself looks for them."""

from __future__ import annotations

import re
from pathlib import Path

from backuptool.install.files import File
from backuptool.install.programs import said

ENCRYPTED, PLAIN = Path("/etc/credstore.encrypted"), Path("/etc/credstore")
# systemd.exec(5), LoadCredential=: from this version on it looks there for what is named without a path.
LOOKS_ITSELF = 252


def loaded(name: str, root: Path) -> str:
    """The setting that hands out the credential `name`, which is looked for below `root`."""
    found = credential_file(name, root)
    setting = "LoadCredentialEncrypted" if found.is_relative_to(ENCRYPTED) else "LoadCredential"
    # A path without a file keeps the unit from starting, and so all plans; a name is handed out or is not.
    value = name if root == Path("/") and _looks_itself() else f"{name}:{found}"
    return f"{setting}={value}".replace("%", "%%")


def credential_file(name: str, root: Path) -> Path:
    """Where the credential `name` is, or should be."""
    encrypted = ENCRYPTED / name
    return encrypted if File(encrypted, "").under(root).exists() else PLAIN / name


def _looks_itself() -> bool:
    """Whether this host's systemd finds a credential by its name alone; where there is none here, as new ones do."""
    answer = said("systemctl", "--version")
    version = re.match(r"systemd (\d+)", answer[1]) if answer else None
    return version is None or int(version[1]) >= LOOKS_ITSELF
