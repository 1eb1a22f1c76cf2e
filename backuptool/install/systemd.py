"""A oneshot service, hardened as far as docker compose lets it be, and the timer that starts it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from backuptool.errors import UsageError
from backuptool.install.credentials import loaded
from backuptool.install.files import File
from backuptool.install.programs import said
from backuptool.install.systemctl import SERVICE, TIMER

FOLDER = Path("/etc/systemd/system")
OWN_STATE = Path("/var/lib/backuptool")
TMP = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - what PrivateTmp= hides
# Where the host's /tmp is seen it is read-only, as all else: temporary files of ssh-keygen and of hooks need a place.
OWN_TMP = ("RuntimeDirectory=backuptool", "RuntimeDirectoryMode=0700", "Environment=TMPDIR=/run/backuptool")
PAGE = "Documentation=man:backuptool(1)"


@dataclass(frozen=True, slots=True)
class Needs:
    """What the plans need of their unit: folders that are written to (`folders`, the state's first; `stores` may be
    there), the names of credentials, the programs that run as hooks, what the unit's rules would keep from running
    (`barred`: why, in words), and whether they name something in the host's `tmp`: a server's socket, a folder, a file.
    """

    folders: tuple[Path, ...]
    stores: tuple[Path, ...] = ()
    credentials: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    barred: str = ""
    tmp: bool = False

    @property
    def state(self) -> Path:
        """The folder of the state."""
        return self.folders[0] if self.folders else OWN_STATE


def systemd(command: tuple[str, ...], config: Path, needs: Needs, calendar: str, root: Path) -> tuple[File, File]:
    """The service that runs `command` with the configuration `config`, and the timer."""
    shared = needs.tmp or any(map(in_tmp, (*command, str(config))))
    service = _template(SERVICE).substitute(
        documentation=PAGE if _has_page() else "# No manual page is installed: the README says where it belongs.",
        command=" ".join(
            _quoted(word).replace("$", "$$") for word in (*command, "-v", "--config", str(config), "backup")
        ),
        credentials="\n".join(loaded(name, root) for name in needs.credentials) or "# No credentials are loaded.",
        writable="\n".join([*_writable(needs), *(OWN_TMP if shared else ())]),
        tmp="no" if shared else "yes",
    )
    timer = _template(TIMER).substitute(calendar=calendar.replace("%", "%%"))
    return File(FOLDER / SERVICE, service), File(FOLDER / TIMER, timer)


def _has_page() -> bool:
    """Whether man finds the page; `systemd-analyze verify` takes a unit for wrong that names a missing one."""
    answer = said("man", "-w", "backuptool")
    return answer is not None and answer[0] == 0


def in_tmp(word: str) -> bool:
    """Whether it is a path, or has one among several, that a unit with a /tmp of its own does not see."""
    return any(Path(part).is_relative_to(tmp) for part in word.split(":") for tmp in TMP)


def _template(name: str) -> Template:
    return Template((files("backuptool") / "data" / name).read_text(encoding="utf-8"))


def _writable(needs: Needs) -> list[str]:
    below = any(path.is_relative_to(OWN_STATE) for path in needs.folders)
    own = ["StateDirectory=backuptool", "StateDirectoryMode=0700"] if below else []
    folders = [str(path) for path in needs.folders if not path.is_relative_to(OWN_STATE)]
    stores = [f"-{path}" for path in needs.stores]  # not an error when it is not there: its disk may not be mounted
    return [*own, *(f"ReadWritePaths={_quoted(path)}" for path in dict.fromkeys([*folders, *stores]))]


def _quoted(word: str) -> str:
    """As systemd.syntax(7), QUOTING, reads it again."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return escaped if re.fullmatch(r"[\w@%+=:,./$-]+", escaped, re.ASCII) else f'"{escaped}"'


def refuse_unreadable(*words: str) -> None:
    """Raises UsageError for a word of other bytes: systemd passes over the whole line that has one."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            hint = "rename it, or: backuptool install cron"
            raise UsageError(f"{word} is not UTF-8, and systemd reads no other", hint=hint) from None


def complaints(*units: Path) -> list[str] | None:
    """What systemd says against the units at these paths; None where there is no systemd-analyze."""
    answer = said("systemd-analyze", "verify", "--man=no", *map(str, units))
    return None if answer is None else answer[1].splitlines()


def exposure(service: Path) -> str:
    """How exposed systemd calls the service: `3.1 OK`; empty where it does not say."""
    answer = said("systemd-analyze", "security", "--offline=true", "--no-pager", str(service))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+ \w+)", answer[1]) if answer else None
    return found[1] if found else ""
