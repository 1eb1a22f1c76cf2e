"""`backuptool demo`: the whole job, told as it is done."""

from __future__ import annotations

import argparse

from backuptool import demo
from backuptool.cli.streams import say


def run(arguments: argparse.Namespace) -> None:
    """Do it. Raises BackuptoolError, also where the extra `demo` is not installed."""
    demo.run(say, arguments.keep)
