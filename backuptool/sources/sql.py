"""Just enough of PostgreSQL's lexical rules (manual, 4.1) to change a statement without being fooled by a literal."""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"""
    [eE]'(?:[^'\\]|\\.|'')*'        # a string with backslashes
  | '(?:[^']|'')*'                  # a string
  | "(?:[^"]|"")*"                  # a quoted identifier
  | --[^\n]*                        # a comment
  | ^\\[^\n]*\n                     # a command to psql
  | [^\W\d][\w$]*                   # a word
  | \s+
  | .
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def tokens(sql: str) -> Iterator[str]:
    """Literals, comments, words, white space and single characters; joined they are `sql` again."""
    for match in TOKEN.finditer(sql):
        yield match[0]


def statements(sql: str) -> Iterator[str]:
    """The statements in `sql`, each without comments before it, with its semicolon; without what only asks for psql
    (\\gset)."""
    made: list[str] = []
    for token in tokens(sql):
        if token.startswith("\\"):
            made.clear()
        if token.startswith(("--", "\\")) or (not made and token.isspace()):
            continue
        made.append(token)
        if token == ";":  # noqa: S105 - a semicolon is no password
            yield "".join(made)
            made = []


def identifier(name: str) -> str:
    """`name` as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as a string constant, whatever standard_conforming_strings is."""
    if "\\" in text:
        return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
    return "'" + text.replace("'", "''") + "'"
