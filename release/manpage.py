"""The parser as a manual page, man(7). argparse-manpage says each command twice and runs its usage lines together."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator

EXIT_STATUS = "exit codes: "
FILES = {
    "/etc/backuptool/config.toml": "the configuration, for root; see docs/configuration.md",
    "~/.config/backuptool/config.toml": "the same for everybody else",
    "/var/lib/backuptool": "history and locks, for root; may be lost without losing backups",
    "PREFIX/share/doc/backuptool": "the pages of docs/, where a wheel was installed",
}


def manual(parser: argparse.ArgumentParser, version: str, date: str) -> str:
    """The page of `parser` and its commands; `date`: yyyy-mm-dd."""
    description, *rest = str(parser.description).split("\n\n")
    lines = [f'.TH {parser.prog.upper()} 1 "{date}" "{parser.prog} {version}"', ".SH NAME"]
    sentence = " ".join(description.split())
    lines += [f"{parser.prog} \\- {_text(sentence[0].lower() + sentence[1:].rstrip('.'))}", ".SH SYNOPSIS"]
    lines += [f".B {parser.prog}", _text(_words(parser)), ".SH DESCRIPTION"]
    lines += [_text(" ".join(part.split())) for part in (description, *rest)]
    lines += [".SH OPTIONS", *_arguments(parser), ".SH COMMANDS"]
    for name, command in commands(parser).items():
        lines += [f".SS {parser.prog} {_text(f'{name} {_words(command)}'.strip())}"]
        lines += [_text(str(command.description)), *_arguments(command, but="help")]
    lines += [".SH EXIT STATUS"]
    for each in " ".join(str(parser.epilog).split()).removeprefix(EXIT_STATUS).split(", "):
        lines += [".TP", f".B {each.split()[0]}", _text(each.partition(" ")[2])]
    lines += [".SH FILES"]
    for path, text in FILES.items():
        lines += [".TP", f".I {_text(path)}", _text(text)]
    lines += [".SH SEE ALSO", ".BR openssl (1),", ".BR psql (1),", ".BR pg_dump (1),", ".BR tar (1)"]
    return "\n".join(wrapped for line in lines for wrapped in _wrapped(line)) + "\n"


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parser of each command, in order; argparse has no public way to ask for them."""
    subparsers = argparse._SubParsersAction  # noqa: SLF001
    (found,) = (one for one in parser._actions if isinstance(one, subparsers))  # noqa: SLF001
    return dict(found.choices)


def actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """What --help shows of one parser, the commands left out."""
    subparsers = argparse._SubParsersAction  # noqa: SLF001
    return [
        one for one in parser._actions  # noqa: SLF001
        if one.help != argparse.SUPPRESS and not isinstance(one, subparsers)
    ]  # fmt: skip


def _words(parser: argparse.ArgumentParser) -> str:
    """What stands behind the command's name; options are listed below it."""
    operands = [_operand(one) for one in actions(parser) if not one.option_strings]
    return " ".join(["[OPTION]...", *operands, *(["COMMAND"] if parser._subparsers else [])])  # noqa: SLF001


def _name(action: argparse.Action) -> str:
    """As --help names an operand: by what there is to choose from, where that is all it can be."""
    choices = f"{{{','.join(map(str, action.choices))}}}" if action.choices else action.dest
    return str(action.metavar or choices)


def _operand(action: argparse.Action) -> str:
    name = _name(action)
    return {"*": f"[{name}]...", "+": f"{name}...", "?": f"[{name}]"}.get(str(action.nargs), name)


def _arguments(parser: argparse.ArgumentParser, but: str = "") -> Iterator[str]:
    for action in actions(parser):
        if action.dest == but:
            continue
        yield ".TP"
        yield _heading(action)
        yield _text(action.help or "")


def _heading(action: argparse.Action) -> str:
    if not action.option_strings:
        return f".I {_name(action)}"
    value = ""
    if action.nargs != 0:
        value = f" \\fI{_text(str(action.metavar or action.dest.upper()))}\\fR"
        value = f" [{value[1:]}]" if action.nargs == "?" else value
    return ", ".join(f"\\fB{_text(option)}\\fR" for option in action.option_strings) + value


def _wrapped(line: str) -> list[str]:
    """In 80 columns, a request in one line."""
    if line.startswith(".") or not line:
        return [line]
    lines = textwrap.wrap(line, 80, break_long_words=False, break_on_hyphens=False)
    return [_no_request(one) for one in lines]


def _text(text: str) -> str:
    """Plain text as roff: hyphens that can be copied, no requests."""
    plain = text.replace("%%", "%").replace("\\", "\\e")
    escaped = plain.replace("-", "\\-").replace("`", "\\(ga").replace("~", "\\(ti")
    return _no_request(escaped)


def _no_request(line: str) -> str:
    return f"\\&{line}" if line.startswith((".", "'")) else line
