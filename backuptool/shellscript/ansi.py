"""What $'…' stands for: bash(1), QUOTING."""

from __future__ import annotations

import re

LETTERS = dict(zip("abeEfnrtv\\'\"?", "\a\b\x1b\x1b\f\n\r\t\v\\'\"?", strict=True))
ESCAPE = re.compile(
    r"""\\(?:([abeEfnrtv\\'"?])|([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c.)""",
    re.DOTALL,
)


def decoded(text: str) -> str | None:
    """The characters that `text` between the apostrophes is; None where the locale says which, or a NUL ends it."""
    found = [_character(*escape.groups()) for escape in ESCAPE.finditer(text)]
    return None if None in found else ESCAPE.sub(lambda _: str(found.pop(0)), text)


def _character(letter: str | None, octal: str | None, *hexadecimal: str | None) -> str | None:
    if letter:
        return LETTERS[letter]
    number = int(octal, 8) if octal else int(next(filter(None, hexadecimal), "0"), 16)
    return chr(number) if 0 < number < 0x80 else None
