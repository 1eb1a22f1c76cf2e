"""The bundle, format 1 (docs/format.md): one uncompressed tar per backup, which stock tools open without us."""

from backuptool.bundle.keys import Keys, Passphrase, Sealing
from backuptool.bundle.manifest import Chain, Manifest
from backuptool.bundle.names import Layout, Stem
from backuptool.bundle.opened import opened
from backuptool.bundle.reader import Bundle
from backuptool.bundle.tail import authenticate_tail, describe_tail, open_tail
from backuptool.bundle.writer import Writer

__all__ = [
    "Bundle", "Chain", "Keys", "Layout", "Manifest", "Passphrase", "Sealing", "Stem", "Writer", "authenticate_tail",
    "describe_tail", "open_tail", "opened",
]  # fmt: skip
