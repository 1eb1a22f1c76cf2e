"""Which further arguments pg_dump may get: none that changes the format, the place, or what rows are seen."""

from __future__ import annotations

REFUSED = {
    "format": "F", "file": "f", "create": "C", "clean": "c", "jobs": "j", "compress": "Z", "data-only": "a",
    "schema-only": "s", "verbose": "v", "encoding": "E", "dbname": "d", "host": "h", "port": "p", "username": "U",
    "password": "W", "inserts": "", "column-inserts": "", "attribute-inserts": "", "rows-per-insert": "",
    "enable-row-security": "", "section": "", "statistics-only": "", "binary-upgrade": "", "version": "V", "help": "?",
}  # fmt: skip
WITH_VALUE = "enNtTS"  # short options that pg_dump reads a value after: -nTable is a schema, not -n -T -a -b


def check_extra(extra: tuple[str, ...]) -> tuple[str, ...]:
    """The same arguments. Raises ValueError naming the one that may not be there, abbreviations and clusters too."""
    value_next = False
    for argument in extra:
        if value_next:
            value_next = False
            continue
        if argument.startswith("--"):
            name = argument[2:].partition("=")[0]
            refused = [option for option in REFUSED if name and option.startswith(name)]
            # getopt_long takes any unambiguous beginning of a name for the name
            if refused and name not in ("exclude-table", "schema", "no-comments"):
                raise ValueError(f"{argument} may not be given: the tool decides --{refused[0]} itself")
        elif argument.startswith("-") and len(argument) > 1:
            value_next = _check_cluster(argument)
        else:
            raise ValueError(f"{argument!r} is no option")
    return extra


def _check_cluster(argument: str) -> bool:
    """Whether the last letter wants the next argument as its value."""
    for position, letter in enumerate(argument[1:], start=2):
        if letter in REFUSED.values():
            raise ValueError(f"{argument} may not be given: the tool decides -{letter} itself")
        if letter in WITH_VALUE:
            return position == len(argument)
    return False
