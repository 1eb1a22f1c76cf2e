"""Why something is not released."""

from __future__ import annotations


class Refused(Exception):
    """One line saying what is wrong."""
