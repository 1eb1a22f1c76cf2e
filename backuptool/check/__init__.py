"""Whether a plan's backups are as they should be: asked of the stores, for monitoring.

The store is asked, not this host's ledger: that only adds what it remembers, and may be lost.
"""

from backuptool.check.finding import Finding
from backuptool.check.shelf import Check, Checked

__all__ = ["Check", "Checked", "Finding"]
