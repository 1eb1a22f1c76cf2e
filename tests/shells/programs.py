"""Stand-ins for ssh, docker and docker-compose that keep the measured traps of the real ones.

What they start goes on when the client dies (a session of its own), as with sshd and dockerd.
"""

from __future__ import annotations

from pathlib import Path

SSH = """#!/bin/bash
# ssh -o BatchMode=yes -- HOST LINE: sshd gives the line to a shell
while [ "$1" != -- ]; do shift; done
shift 2
exec setsid -w sh -c "$*"
"""
DOCKER = """#!/bin/bash
case "$1" in
  compose) {compose} ;;
  inspect) echo "{running} false /db-1" ;;
  ps) ;;
  exec) shift; while [[ "$1" == -* ]]; do shift; done; shift; exec setsid -w "$@" ;;
esac
"""
COMPOSE = """#!/bin/bash
case "$*" in
  version) echo "docker-compose version 1.29.2" ;;
  "-f "*" ps -q postgres") echo abc123 ;;
  "-f "*" config --services") echo postgres; echo webdav ;;
  *) echo "No such service: $5" >&2; exit 1 ;;
esac
"""


def install(folder: Path, *, v2: bool, running: bool = True) -> str:
    """Put the stand-ins into `folder`, which is returned; without v2 only docker-compose answers."""
    compose = 'shift; exec "$(dirname "$0")/docker-compose" "$@"' if v2 else "echo 'no such command' >&2; exit 1"
    programs = {
        "ssh": SSH,
        "docker": DOCKER.format(compose=compose, running=str(running).lower()),
        "docker-compose": COMPOSE,
    }
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return str(folder)


ENGINE = r"""#!/bin/bash
# docker with the answers that lie in the folder beside it; `compose` is docker-compose's stand-in
answers="$(dirname "$0")/answers"
echo "$*" >> "$answers/asked"
if [ -e "$answers/fails" ]; then case "$*" in *version) ;; *) cat "$answers/fails" >&2; exit 1 ;; esac; fi
case "$*" in
  *" version") echo 2.26.1 ;;
  *" ps -q "*) cat "$answers/ids" ;;
  *" config --services") echo postgres; echo webdav ;;
  inspect\ -f*\ bridge) echo 'template parsing error: map has no entry for key "State"' >&2; exit 1 ;; # a network
  inspect*) cat "$answers/state.${@: -1}" 2>/dev/null || { echo "Error: No such object: ${@: -1}" >&2; exit 1; } ;;
  ps*) cat "$answers/labels" ;;
  exec*) shift; while [[ "$1" == -* ]]; do shift; done; shift; exec "$@" ;;
esac
"""


def install_engine(folder: Path, **answers: str) -> str:
    """A docker that answers what `answers` say: ids, labels, fails, and state_ID for each container."""
    place = folder / "answers"
    place.mkdir()
    for name, text in {"ids": "", "labels": "", **answers}.items():
        (place / name.replace("_", ".", 1)).write_text(text)
    (folder / "docker").write_text(ENGINE)
    (folder / "docker").chmod(0o755)
    return str(folder)
