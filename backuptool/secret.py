"""A secret that prints as `***`, wherever it is printed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """Bytes nobody may read in a log, an error or a traceback; `reveal()` names the places that need them."""

    _value: bytes = field(repr=False)

    def reveal(self) -> bytes:
        """The secret itself; hand it to what needs it and keep it nowhere else."""
        return self._value

    def text(self) -> str:
        """The secret as text (UTF-8, surrogates for what is not)."""
        return self._value.decode("utf-8", "surrogateescape")

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is never written out")
