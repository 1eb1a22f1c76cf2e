"""The options of pg_dump and pg_dumpall, as getopt_long reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Words = Sequence[str | None]
Options = list[tuple[str, str | None]]
VALUED = {"dbname": "d", "username": "U", "host": "h"} | dict.fromkeys(
    (
        "file", "format", "jobs", "port", "schema", "exclude-schema", "table", "exclude-table", "exclude-table-data",
        "table-and-children", "exclude-table-and-children", "exclude-table-data-and-children", "extension",
        "exclude-extension", "include-foreign-data", "compress", "encoding", "filter", "role", "section", "snapshot",
        "superuser", "lock-wait-timeout", "rows-per-insert", "extra-float-digits", "restrict-key", "sync-method",
    ),
    "",
)  # fmt: skip
SHORT = {"pg_dump": "dUhfFjpnNtTeEZS", "pg_dumpall": "dUhflp"}


def options(program: str, words: Words) -> Options:
    """Options by their letter or name, with their value; a word by itself as -d, one that is not known as ""."""
    return list(_options(words, SHORT[program]))


def _options(words: Words, short: str) -> Iterator[tuple[str, str | None]]:
    rest = iter(words)
    for word in rest:
        if word is None:
            yield "", None
        elif word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            wants = name in VALUED and not equals
            yield VALUED.get(name) or name, next(rest, None) if wants else value
        elif word.startswith("-") and len(word) > 1:
            at = next((at for at, letter in enumerate(word) if letter in short), 0)
            yield from ((letter, "") for letter in word[1 : at or None])
            if at:
                yield word[at], word[at + 1 :] or next(rest, None)
        else:
            yield "d", word
