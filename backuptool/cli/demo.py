"""`backuptool demo`: the whole job, told as it is done."""

from __future__ import annotations

import argparse
import sys

from backuptool import demo


def run(arguments: argparse.Namespace) -> None:
    """Do it. Raises BackuptoolError, also where the extra `demo` is not installed."""
    demo.run(sys.stdout, arguments.keep)
