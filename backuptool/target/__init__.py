"""Where a restore lands: a database with a name of its own, which gets the wanted one at the end, in one step.

Only what has a name of our own is ever dropped: what a restore was loading, an empty database after both have swapped
their names, and, when a person asks for it, one with data that a restore replaced.
"""

from __future__ import annotations

from backuptool.target.connection import prepared
from backuptool.target.database import new_database
from backuptool.target.needs import refuse_unless_comparable, refuse_unless_fit
from backuptool.target.replaced import Replaced, drop_replaced, replaced
from backuptool.target.roles import make_roles, rehearse_passwords
from backuptool.target.running import drop
from backuptool.target.swap import Replacing

__all__ = [
    "Replaced", "Replacing", "drop", "drop_replaced", "make_roles", "new_database", "prepared",
    "refuse_unless_comparable", "refuse_unless_fit", "rehearse_passwords", "replaced",
]  # fmt: skip
