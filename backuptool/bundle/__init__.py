"""The bundle, format 1: one uncompressed tar per backup, which stock tools open without us."""

from backuptool.bundle.names import Stem
from backuptool.bundle.reader import Bundle
from backuptool.bundle.writer import Writer

__all__ = ["Bundle", "Stem", "Writer"]
