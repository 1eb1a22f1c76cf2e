r"""What PostgreSQL prints in another way once it was restored, though it is the same.

Two things, of 670 definitions with casts of 130 kinds (16, 18): an inherited child has its columns in another order
when its parent got one later, and `(ARRAY[a, b])::text[]`, which `varchar IN (a, b)` is kept as, comes back as
`ARRAY[(a)::text, (b)::text]`: the parser hands a cast of an array that is written out down to its members
(transformTypeCast in parse_expr.c). Every other cast, parenthesis and word is the same, or something else was restored.
"""

from __future__ import annotations

import re

from backuptool.contents.inserts import NAME

# What has expressions in it, or columns in an order; a grant, a comment or an enum's labels are never printed anew.
REPRINTED = (
    b"TABLE", b"FOREIGN TABLE", b"TABLE DATA", b"VIEW", b"MATERIALIZED VIEW", b"RULE", b"INDEX", b"CONSTRAINT",
    b"CHECK CONSTRAINT", b"DEFAULT", b"DOMAIN", b"POLICY", b"TRIGGER", b"STATISTICS", b"PUBLICATION TABLE",
    b"FUNCTION", b"PROCEDURE",
)  # fmt: skip
COPY = re.compile(rb"COPY (%b\.%b) (?:\((.*)\))? FROM stdin;" % (NAME, NAME), re.DOTALL)
OPENED, COMMA = b"(ARRAY[", b", "
LITERAL = rb"'(?:[^']|'')*'|\"(?:[^\"]|\"\")+\"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$"
PIECE = re.compile(rb"%b|\(ARRAY\[|, |[(\[\])]|[^(\[\]),'\"$]+|." % LITERAL, re.DOTALL)
TYPE = (
    rb"(?:character varying|double precision|bit varying|interval(?: (?:year|month|day|hour|minute|second|to)\b)*"
    rb"|time(?:stamp)?(?:\(\d\))? with(?:out)? time zone|%b(?:\.%b)?)(?:\([\d,]+\))?" % (NAME, NAME)
)
CAST = re.compile(rb"\]\)::(%b)(\[\])?" % TYPE)
BARE = re.compile(rb"(?P<kept>%b)|::%b(?:\[\])?|[()]" % (LITERAL, TYPE), re.DOTALL)


def columns(copy: bytes) -> bytes:
    """The columns that a COPY statement names, in its order."""
    found = COPY.search(copy)
    return (found[2] if found else None) or b""


def words(kind: bytes, text: bytes) -> bytes:
    """What stays of an object's text however PostgreSQL prints it: the order of a table's columns does not."""
    if kind == b"TABLE DATA":
        return b"\n".join(sorted(re.findall(NAME, columns(text)))) if COPY.search(text) else text
    text = handed_down(text)
    if kind not in (b"TABLE", b"FOREIGN TABLE"):
        return text
    return b"\n".join(sorted(line.rstrip(b",") for line in text.split(b"\n") if line))


def handed_down(text: bytes) -> bytes:
    """The text with each cast of an array that is written out at its members: `(ARRAY[a])::T[]` as `ARRAY[(a)::T]`."""
    if OPENED not in text:
        return text
    open_ = [(b"", [b""])]  # what opened it, and what stands between its commas
    at = 0
    while piece := PIECE.match(text, at):
        at, said, (opened, parts) = piece.end(), piece[0], open_[-1]
        if said in (b"(", b"[", OPENED):
            open_.append((said, [b""]))
        elif said == COMMA:
            parts.append(b"")
        elif said in (b")", b"]") and len(open_) > 1:
            open_.pop()
            whole = opened + COMMA.join(parts) + said
            if opened == OPENED and (cast := CAST.match(text, piece.start())):
                at, whole = cast.end(), _members(parts, *cast.groups())
            elif opened == OPENED:
                open_.append((b"(", [b""]))
                whole = whole.removeprefix(b"(")
            open_[-1][1][-1] += whole
        else:
            parts[-1] += said
    return b"".join(opened + COMMA.join(parts) for opened, parts in open_)


def _members(members: list[bytes], type_: bytes, array: bytes | None) -> bytes:
    """Of a domain over an array, its name does not tell what the members are cast to: none of their casts stays."""
    if not array:
        return b"ARRAY[" + COMMA.join(BARE.sub(rb"\g<kept>", member) for member in members) + b"]::" + type_
    cast = (
        handed_down(b"(%b)::%b[]" % (member, type_)) if member.startswith(b"ARRAY[") else b"(%b)::%b" % (member, type_)
        for member in members
    )
    return b"ARRAY[" + COMMA.join(cast) + b"]"
