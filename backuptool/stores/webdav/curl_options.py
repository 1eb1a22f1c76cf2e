"""Reads the lines of a `curl -K` file as curl does (curl/src/tool_parsecfg.c, tool_getparam.c)."""

from __future__ import annotations

import re
from collections.abc import Iterator

# `option`, then blanks, `=` or `:`, then the value; behind dashes only blanks separate, and in curl 8.22 one `=`.
# ASCII: to Python a blank is also what UTF-8 has, which belongs to a password.
_BARE = re.compile(r"(?P<option>[^\s=:]+)[\s=:]*(?P<value>.*)", re.DOTALL | re.ASCII)
_DASHED = re.compile(r"(?P<option>-\S*)\s*(?P<value>.*)", re.DOTALL | re.ASCII)
_LONG = re.compile(r"(?P<option>--[^\s=]+)=(?P<value>\S*)", re.ASCII)
_QUOTED = re.compile(r'"(?P<inside>(?:[^"\\]|\\.)*)', re.DOTALL)
# The short options that matter here.
_SHORT = {"u": "user", "x": "proxy", "E": "cert", "U": "proxy-user", "H": "header", "n": "netrc", "k": "insecure"}
# Those that have a value, right behind the letter or after blanks.
_WITH_VALUE = frozenset("AbcCdDeEFhHKmoPQrtTuUwxXyYz")
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "v": "\v"}


def options(text: str) -> Iterator[tuple[str, str]]:
    """The (long option, value) pairs of the file, in order; of short options only those in _SHORT are known."""
    for line in text.split("\n"):
        stripped = line.strip(" \t\r\v\f")
        if stripped and not stripped.startswith("#"):
            yield from _option(stripped)


def _option(line: str) -> Iterator[tuple[str, str]]:
    if long := _LONG.match(line):
        yield long["option"].removeprefix("--"), long["value"]
        return
    match = (_DASHED if line.startswith("-") else _BARE).match(line)
    if match is None:  # a line of separators only
        return
    option, value = match["option"], _value(match["value"])
    if option.startswith("--") or not option.startswith("-"):
        yield option.removeprefix("--"), value
        return
    for index, letter in enumerate(option[1:], 2):  # -sSu: several in one
        takes = letter in _WITH_VALUE
        yield _SHORT.get(letter, f"-{letter}"), (option[index:] or value) if takes else ""
        if takes:
            return


def _value(text: str) -> str:
    """A quoted value with its escapes resolved, or the text up to the first blank."""
    quoted = _QUOTED.match(text)
    if quoted:
        return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), quoted["inside"], flags=re.DOTALL)
    return re.split(r"\s", text, maxsplit=1, flags=re.ASCII)[0]
