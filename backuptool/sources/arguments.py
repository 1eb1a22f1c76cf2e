"""Which further arguments pg_dump may get: those that choose objects by name or leave something out by its name.

All others are refused, those of versions to come too: an argument may drop every row (--no-data), every table
(--no-schema, --filter), digits (--extra-float-digits) or what a restore needs (--no-policies opens every row), and the
backup would still be called whole; or have a restore write elsewhere (--include-foreign-data). Checked against pg_dump
13 to 18.
"""

from __future__ import annotations

import difflib
from itertools import takewhile

# With a value: --table=PATTERN.
VALUED = frozenset({
    "schema", "exclude-schema", "table", "exclude-table", "exclude-table-data", "extension", "exclude-extension",
    "table-and-children", "exclude-table-and-children", "exclude-table-data-and-children", "role",
})  # fmt: skip
PLAIN = frozenset({
    "blobs", "large-objects", "no-blobs", "no-large-objects", "no-owner", "no-privileges", "no-acl", "no-comments",
    "no-publications", "no-subscriptions", "no-security-labels", "no-tablespaces", "no-table-access-method",
    "no-toast-compression", "no-unlogged-table-data", "no-statistics", "disable-dollar-quoting", "strict-names",
    "load-via-partition-root", "serializable-deferrable", "use-set-session-authorization",
})  # fmt: skip
SHORT_VALUED = "enNtT"  # -nTable is a schema, not -n -T -a -b
SHORT_PLAIN = "bBOx"
# What is dumped, not how it is printed: -e -n -N -t -T, -B and -x by their names.
CHOOSES = VALUED - {"role"} | {
    "no-blobs", "no-large-objects", "no-unlogged-table-data", "no-privileges", "no-acl", "no-comments",
    "no-publications", "no-subscriptions", "no-security-labels",
}  # fmt: skip
CHOOSE = "Bx"
# What the tool gives itself, by its name where there is one.
OWN = {
    "format": "F", "file": "f", "create": "C", "clean": "c", "jobs": "j", "compress": "Z", "verbose": "v",
    "encoding": "E", "dbname": "d", "host": "h", "port": "p", "username": "U", "password": "W", "no-password": "w",
    "lock-wait-timeout": "", "restrict-key": "", "quote-all-identifiers": "",
}  # fmt: skip
DROPS = {
    "data-only": "a", "schema-only": "s", "statistics-only": "", "no-data": "", "no-schema": "", "no-policies": "",
    "section": "", "filter": "", "extra-float-digits": "",
}  # fmt: skip
WRITES = {"include-foreign-data": ""}  # COPY into a foreign table goes to where its rows still are


def check_extra(extra: tuple[str, ...]) -> tuple[str, ...]:
    """The same arguments. Raises ValueError naming the one that may not be there, abbreviations and clusters too."""
    words = list(extra)
    while words:
        argument = words.pop(0)
        if argument.startswith("--") and len(argument) > 2:
            _check_long(argument, words[0] if words else "")
        elif argument.startswith("-") and len(argument) > 1:
            if _wants_value(argument):
                if not words:
                    raise ValueError(f"{argument} needs a value")
                words.pop(0)
        else:
            raise ValueError(f"{argument!r} is no option")
    return extra


def of_the_text(extra: tuple[str, ...]) -> tuple[str, ...]:
    """Those of checked arguments that say how objects are printed, without those that choose them."""
    words, kept = iter(extra), list[str]()
    for argument in words:
        if argument.startswith("--"):
            if argument[2:].partition("=")[0] not in CHOOSES:
                kept.append(argument)
            continue
        if _wants_value(argument):
            next(words)
        plain = "".join(takewhile(SHORT_PLAIN.__contains__, argument[1:]))
        left = "".join(letter for letter in plain if letter not in CHOOSE)
        kept += [f"-{left}"] if left else []
    return tuple(kept)


def _check_long(argument: str, after: str) -> None:
    name, equals, value = argument[2:].partition("=")
    if name in VALUED:
        if not value:
            example = after if after and not after.startswith("-") else "PATTERN"
            raise ValueError(f"{argument} may not be given so: write --{name}={example}")
        return
    if name in PLAIN and not equals:
        return
    raise ValueError(f"{argument} may not be given: {_why(name)}")


def _why(name: str) -> str:
    # getopt_long takes any unambiguous beginning of a name for the name; so does whoever reads this message
    meant = [option for option in (*OWN, *DROPS, *WRITES, *sorted(VALUED | PLAIN)) if name and option.startswith(name)]
    option = name if name in meant else meant[0] if meant else ""
    if option in OWN:
        return f"the tool decides --{option} itself"
    if option in DROPS:
        return f"with --{option} the dump would be no whole backup"
    if option in WRITES:
        return f"with --{option} a restore would insert the rows into the server again that they are on"
    if option and option != name:
        return f"write --{option} in full"
    if option:
        return f"--{option} has no value"
    near = difflib.get_close_matches(name, VALUED | PLAIN, n=1)
    return "it is none of those that only choose what is dumped" + (f"; did you mean --{near[0]}?" if near else "")


def _wants_value(argument: str) -> bool:
    """Whether the last letter of a cluster wants the next argument as its value."""
    for position, letter in enumerate(argument[1:], start=2):
        if letter in SHORT_VALUED:
            return position == len(argument)
        if letter not in SHORT_PLAIN:
            names = [name for name, short in {**OWN, **DROPS}.items() if short == letter]
            raise ValueError(f"{argument} may not be given: " + (_why(names[0]) if names else f"-{letter} is refused"))
    return False
