"""Reads a `curl -K` file as curl does (curl/src/tool_parsecfg.c); the SOP keeps user name and password in one."""

from __future__ import annotations

import re
from collections.abc import Iterator

# `option`, then blanks, `=` or `:`, then the value; behind dashes only blanks separate.
_BARE = re.compile(r"(?P<option>[^\s=:]+)[ \t=:]*(?P<value>.*)", re.DOTALL)
_DASHED = re.compile(r"(?P<option>-\S*)[ \t]*(?P<value>.*)", re.DOTALL)
_QUOTED = re.compile(r'"(?P<inside>(?:[^"\\]|\\.)*)', re.DOTALL)
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "v": "\v"}


def options(text: str) -> Iterator[tuple[str, str]]:
    """The (long option, value) pairs of the file, in order; of short options only `-u` and `-n` are known."""
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
    if option.startswith("-u"):
        return "user", option[2:] or value
    return ("netrc", "") if option == "-n" else (option, value)


def _value(text: str) -> str:
    """A quoted value with its escapes resolved, or the text up to the first blank."""
    quoted = _QUOTED.match(text)
    if quoted:
        return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), quoted["inside"], flags=re.DOTALL)
    return re.split(r"\s", text, maxsplit=1)[0]
