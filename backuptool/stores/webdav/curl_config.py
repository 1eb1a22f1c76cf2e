"""Reads a `curl -K` file as curl does (curl/src/tool_parsecfg.c); the SOP keeps user name and password in one."""

from __future__ import annotations

import re
from collections.abc import Iterator

# `option`, then blanks, `=` or `:`, then the value; behind dashes only blanks separate.
_BARE = re.compile(r"(?P<option>[^\s=:]+)[ \t=:]*(?P<value>.*)", re.DOTALL)
_DASHED = re.compile(r"(?P<option>-\S*)[ \t]*(?P<value>.*)", re.DOTALL)
_QUOTED = re.compile(r'"(?P<inside>(?:[^"\\]|\\.)*)', re.DOTALL)
# The short options that matter here; those of the first line have a value, right behind the letter or after blanks.
_SHORT = {
    "-u": "user", "-x": "proxy", "-E": "cert", "-U": "proxy-user",
    "-n": "netrc", "-k": "insecure",
}  # fmt: skip
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "v": "\v"}


def options(text: str) -> Iterator[tuple[str, str]]:
    """The (long option, value) pairs of the file, in order; of short options only those in _SHORT are known."""
    for line in text.split("\n"):
        stripped = line.strip(" \t\r")
        if stripped and not stripped.startswith("#"):
            yield _option(stripped)


def _option(line: str) -> tuple[str, str]:
    match = (_DASHED if line.startswith("-") else _BARE).match(line)
    if match is None:  # a line of separators only
        return "", ""
    option, value = match["option"], _value(match["value"])
    if option.startswith("--") or not option.startswith("-"):
        return option.removeprefix("--"), value
    return _SHORT.get(option[:2], option), option[2:] or value


def _value(text: str) -> str:
    """A quoted value with its escapes resolved, or the text up to the first blank."""
    quoted = _QUOTED.match(text)
    if quoted:
        return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), quoted["inside"], flags=re.DOTALL)
    return re.split(r"\s", text, maxsplit=1)[0]
