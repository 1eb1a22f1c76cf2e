"""What a dump holds, counted as it passes: rows and digest of every table, sequences, large objects."""

from backuptool.contents.compare import differences
from backuptool.contents.definitions import Definitions
from backuptool.contents.model import Contents, DumpFacts, LargeObjects, Plain, ServerFacts, Table
from backuptool.contents.scan import ForNoNewDatabase, Scan

__all__ = [
    "Contents", "Definitions", "DumpFacts", "ForNoNewDatabase", "LargeObjects", "Plain", "Scan", "ServerFacts", "Table",
    "differences",
]  # fmt: skip
