"""The deliberately broken builds: they swap as one would at first, and the sweep must catch each of them.

`python -m integration.campaigns.kills.naive BUILD …` is `backuptool …` with the swap of that build.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from backuptool.cli import main
from backuptool.sources.server import Server
from backuptool.target import swap
from backuptool.target.replaced import marking
from tests.cli.quick import quick_keys


def two_transactions(_: Server, new: str, name: str, kept: str) -> list[str]:
    """Both renames, each by itself."""
    return [
        f'alter database "{name}" rename to "{kept}"',
        marking(kept, name),
        f'alter database "{kept}" with allow_connections false',
        f'alter database "{new}" rename to "{name}"',
    ]


def drop_first(_: Server, new: str, name: str, __: str) -> list[str]:
    """The old one is dropped to make room."""
    return [f'drop database "{name}" with (force)', f'alter database "{new}" rename to "{name}"']


def close_first(server: Server, new: str, name: str, kept: str) -> list[str]:
    """Nobody new gets in, from before the transaction on."""
    return [f'alter database "{name}" with allow_connections false', *swap.transaction(server, new, name, kept)]


Build = Callable[[Server, str, str, str], list[str]]
BUILDS: dict[str, Build] = {build.__name__: build for build in (two_transactions, drop_first, close_first)}

if __name__ == "__main__":
    sound, build = swap.transaction, BUILDS[sys.argv[1]]

    def broken(server: Server, new: str, name: str, kept: str) -> list[str]:
        swap.transaction = sound
        return build(server, new, name, kept)

    swap.transaction = broken
    with quick_keys():
        sys.exit(main(sys.argv[2:]))
