"""What a server asks for with a 401: the schemes, and what of digest can be answered."""

from __future__ import annotations

import re
from collections.abc import Mapping

from requests import Response
from requests.utils import parse_dict_header

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCHEME = re.compile(r"(?:^|,)\s*(\w+)(?=\s+\w+\s*=|\s*(?:,|$))")
_PARAMETER = re.compile(rf"(\w+)\s*=\s*({_QUOTED.pattern}|[^\s,]*)")
# What requests hashes with.
_KNOWN = frozenset({"MD5", "MD5-SESS", "SHA", "SHA-256", "SHA-512"})
_STALE = re.compile(r'\bstale\s*=\s*"?true', re.IGNORECASE)


def challenges(header: str) -> list[tuple[str, str]]:
    """The challenges in a WWW-Authenticate header, in its order: the scheme in small letters, and all of it."""
    starts = list(_SCHEME.finditer(_QUOTED.sub(lambda quoted: f'"{"_" * (len(quoted[0]) - 2)}"', header)))
    ends = [*(start.start() for start in starts[1:]), len(header)]
    # Without a scheme there is an end, and no start.
    return [(one[1].lower(), header[one.start(1) : end]) for one, end in zip(starts, ends, strict=False)]


def answerable(header: str) -> str:
    """The first digest challenge that requests can answer, else the first, for it would read all of them as one.

    As requests reads it: its names in small letters, and no blanks around the =. In UTF-8 where it is: http.client
    reads Latin-1, and what is hashed are the bytes.
    """
    found = [_spelt(challenge) for scheme, challenge in challenges(header) if scheme == "digest"]
    one = next(filter(_is_known, found), (found or [header])[0])
    try:
        return one.encode("latin-1").decode()
    except UnicodeError:
        return one


def _spelt(challenge: str) -> str:
    return "Digest " + ", ".join(f"{name.lower()}={value}" for name, value in _PARAMETER.findall(challenge))


def _is_known(challenge: str) -> bool:
    told = parse_dict_header(challenge.partition(" ")[2])  # type: ignore[no-untyped-call] # stubs
    return (told.get("algorithm") or "MD5").upper() in _KNOWN and (not told.get("qop") or "auth" in ways(told))


def ways(told: Mapping[str, str | None]) -> list[str]:
    """How what is said may be protected (qop): auth, auth-int."""
    return [way.strip().lower() for way in (told.get("qop") or "").split(",")]


def is_stale(response: Response) -> bool:
    """Whether only the nonce was refused, not the password."""
    return _STALE.search(_QUOTED.sub(_unquoted, response.headers.get("WWW-Authenticate", ""))) is not None


def _unquoted(match: re.Match[str]) -> str:
    return match[0] if match[0].lower() == '"true"' else '""'
