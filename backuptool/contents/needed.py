"""What a dump's statements need of the server that they are loaded into, beside its version."""

from __future__ import annotations

import re

from backuptool.contents.model import ServerFacts

EVERYWHERE = "plpgsql"  # an extension of template0's, which no dump makes
NAME = rb'(?:"((?:[^"]|"")+)"|([^\s";,()]+))'
EXTENSION = re.compile(rb"CREATE EXTENSION (?:IF NOT EXISTS )?%b[ ;]" % NAME)
TABLESPACE = re.compile(rb"SET default_tablespace = %b;" % NAME)
COLLATION = re.compile(rb"COLLATE pg_catalog\.%b" % NAME)
OWN_COLLATION = b"CREATE COLLATION "
LOCALE = re.compile(rb"(?:locale|lc_collate|lc_ctype) = '((?:[^']|'')*)'")
LIBC = b"provider = libc"


class Needed:
    """Hears a dump's statements.

    `collations`: the server's own, also where a literal only looks like one. `locales`: those of the operating system
    that collations of the dump's own are made of.
    """

    def __init__(self) -> None:
        self.extensions: set[str] = set()
        self.tablespaces: set[str] = set()
        self.collations: set[str] = set()
        self.locales: set[str] = set()

    def hear(self, statement: bytes) -> None:
        """One statement, COPY's rows excepted."""
        if match := EXTENSION.match(statement):
            self.extensions.add(_name(match))
        elif match := TABLESPACE.fullmatch(statement):
            self.tablespaces |= {_name(match)} - {"''"}
        elif statement.startswith(OWN_COLLATION) and LIBC in statement:
            self.locales.update(_text(found.replace(b"''", b"'")) for found in LOCALE.findall(statement))
        elif b"COLLATE" in statement:
            self.collations.update(_name(match) for match in COLLATION.finditer(statement))

    def among(self, facts: ServerFacts) -> ServerFacts:
        """The facts of a server, without what the dump leaves out (--schema, --exclude-extension): no restore needs
        that."""
        made = {*self.extensions, EVERYWHERE}
        return facts.model_copy(
            update={
                "extensions": {name: version for name, version in facts.extensions.items() if name in made},
                "collations": tuple(sorted(self.collations & {*facts.collations})),
                "locales": tuple(sorted(self.locales)),
                "tablespaces": tuple(sorted(self.tablespaces)),
            }
        )


def _name(match: re.Match[bytes]) -> str:
    return _text(match[1].replace(b'""', b'"') if match[1] else match[2])


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
