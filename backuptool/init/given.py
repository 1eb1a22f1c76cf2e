"""What a dump is given in its environment: NAME=value, a value with $ in it where that is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

Words = Sequence[str | None]
DECIDING = ("POSTGRES_DB", "POSTGRES_USER", "POSTGRES_HOST", "PGDATABASE", "PGUSER", "PGHOST")
# What runs a program without the environment that it has itself.
DROPPING = frozenset({"sudo", "doas", "su", "runuser", "ssh"})


def given(environment: Words) -> dict[str, str]:
    """Values by name. A word that is not known may set each of DECIDING."""
    found: dict[str, str] = {}
    for word in environment:
        name, equals, value = (word or "").partition("=")
        found |= {name: value} if equals else {} if word else dict.fromkeys(DECIDING, "$")
    return found


def passed(before: Words, environment: Sequence[str]) -> list[str | None]:
    """What of this host's `environment` a program finds behind the words `before` (env, sudo), and what those set."""
    return [*(() if DROPPING & {*map(base, before)} else environment), *set_by(before)]


def set_by(before: Words) -> Iterator[str | None]:
    """NAME=value among the words before a program; a word that is not known may be one behind `env` only."""
    env = "env" in map(base, before)
    yield from (word for word in before if (env if word is None else "=" in word and not word.startswith("-")))


def option_sets(value: str | None, outside: Mapping[str, str]) -> str | None:
    """What -e `value` sets. `outside`: where -e NAME finds its value; if it does not, docker unsets NAME, and compose
    looks into .env."""
    if not value or "=" in value:
        return value or None
    return None if value == "$" else f"{value}={outside.get(value, '$')}"


def maybe_handed_on(outside: Mapping[str, str]) -> list[str | None]:
    """What the compose file may hand on to a container that is made now, as its ${POSTGRES_DB} is."""
    return [f"{name}=$" for name in DECIDING if name in outside]


def base(word: str | None) -> str:
    """The name of the program that `word` is; empty for a word that is none."""
    return "" if word is None or set(word) & set(" \t\n") else word.rpartition("/")[2]
