"""A script as the tree of its commands: bash(1), SHELL GRAMMAR."""

from __future__ import annotations

from dataclasses import dataclass

from backuptool.shellscript.parts import Word


@dataclass(frozen=True, slots=True)
class Simple:
    """A command and its arguments, behind the assignments before them. `files`: those that it is redirected to."""

    words: tuple[Word, ...]
    files: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Several commands, each in a shell of its own."""

    commands: Block


@dataclass(frozen=True, slots=True)
class Not:
    """It fails where `command` succeeds."""

    command: Node


@dataclass(frozen=True, slots=True)
class Listed:
    """`right` runs if `left` succeeds (&&), or if it fails (||)."""

    left: Node
    operator: str
    right: Node


@dataclass(frozen=True, slots=True)
class If:
    """`otherwise` is what `elif` and `else` have."""

    condition: Block
    then: Block
    otherwise: Block = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """`head`: the variable of a `for` or `select`, and the words that it goes through."""

    body: Block
    condition: Block = ()
    head: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """Each arm has patterns and what runs where one fits; `falls`: an arm may go on with the next (;&)."""

    word: Word
    arms: tuple[tuple[tuple[Word, ...], Block], ...]
    falls: bool


@dataclass(frozen=True, slots=True)
class Group:
    """In braces."""

    body: Block


@dataclass(frozen=True, slots=True)
class Subshell:
    """In parentheses, or in the background."""

    body: Block


@dataclass(frozen=True, slots=True)
class Definition:
    """Of a function."""

    name: str
    body: Node


Node = Simple | Pipeline | Not | Listed | If | Loop | Case | Group | Subshell | Definition
Block = tuple[Node, ...]
