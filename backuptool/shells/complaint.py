"""What a program says on stderr: the line that tells why it failed, and which lines may be shown to anybody.

PostgreSQL's programs tell the reason first, then what it was about: DETAIL and CONTEXT quote rows, pg_dump's `detail:`
quotes its query. A quoted row may have line ends in it, so all is withheld until a program begins its next message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

PROGRAM = r"(?:psql(?::[^:\s]+:\d+)?|pg_\w+): "
# A severity is in the language of the server's lc_messages, which only a superuser may set for a session.
FAILED = r"ERROR|FATAL|PANIC|FEHLER|ERREUR|ERRORE|ERRO|FEL|CHYBA|BŁĄD|HATA|ОШИБКА|ВАЖНО|ПОМИЛКА|错误|오류|エラー"
REASON = re.compile(rf"(?:\b(?i:error)|{FAILED}): ")
LABEL = re.compile(rf"(?:{PROGRAM})?(?P<label>[^\W\d_]+)(?: \d+)?:(?P<gap> {{1,2}})")
WITHHELD = ("DETAIL", "CONTEXT", "QUERY", "STATEMENT", "LINE", "HINT")
SHOWN = re.compile(rf"(?:{FAILED}|WARNING|NOTICE|INFO|LOG|HINT)\Z")
NEXT = re.compile(PROGRAM)
# The last line of a message with VERBOSITY=verbose, and all that tells where it ends when psql reads its input.
END = re.compile(r"LOCATION:  \w+, [\w./-]+:\d+\Z")
# The two details that quote neither row nor query: what the server said, and two versions.
SERVER_SAID = re.compile(r"pg_dump: (?:detail|error): (?:Error message from server: )(?P<said>.+)")
VERSIONS = re.compile(r"pg_dump: detail: (?P<said>server version: .+)")
# docker-compose 1: what follows is about versions in general.
INVALID = re.compile(r"^(?P<what>.+ is invalid because:)\n(?P<why>.+)", re.MULTILINE)
# A shell's, env's (GNU, busybox) and a container engine's ways to say which program is not there.
ABSENT = re.compile(
    r"([^\s:'\"\u2018\u2019]+)['\"\u2019]?: "
    r"(?:command not found|not found|No such file or directory|executable file not found)"
)
WARNED = re.compile(r"pg_\w+: warning: ")


def from_a_message(said: str) -> str:
    """The end of something longer, from the next message on (or line, if PostgreSQL's programs say nothing)."""
    begins = re.search(rf"^{PROGRAM}", said, re.MULTILINE)
    return said[begins.start() :] if begins else said.partition("\n")[2]


def showable(said: str) -> Iterator[str]:
    """The lines that quote neither rows nor queries, stripped, without empty ones."""
    withheld = False
    for line in said.splitlines():
        if END.match(line):
            withheld = False
            continue
        if NEXT.match(line):
            withheld = False
        withheld = withheld or _quotes(line)
        if not withheld and line.strip():
            yield line.strip()


def reason(said: str) -> str:
    """One line that tells why, as precisely as `said` does; empty when there is none."""
    lines = [line for line in showable(said) if not _hints(line)]
    if invalid := INVALID.search("\n".join(lines)):
        return f"{invalid['what']} {invalid['why']}"
    first = next((line for line in lines if REASON.search(line)), lines[-1] if lines else "")
    more = SERVER_SAID.search(said) or VERSIONS.search(said)
    if more is None or more["said"] in first or not first.startswith("pg_dump: "):
        return first
    return f"{first.rstrip('.')}: {more['said'].strip()}"


def absent(told: str) -> str:
    """The program that is not there, by the line of whoever was to run it; empty when it says none."""
    found = ABSENT.search(told)
    return found[1] if found else ""


def warnings(said: str) -> list[str]:
    """What PostgreSQL's programs warn of, each once."""
    return list(dict.fromkeys(line for line in showable(said) if WARNED.match(line)))


def _quotes(line: str) -> bool:
    label = LABEL.match(line)
    if label is None:
        return False
    if label["label"].upper() in WITHHELD[:-1]:
        return True
    # libpq's labels in another language: DÉTAIL, CONTEXTE, TIPP …
    return label["gap"] == "  " and SHOWN.match(label["label"]) is None


def _hints(line: str) -> bool:
    label = LABEL.match(line)
    return label is not None and label["label"].upper() == "HINT"
