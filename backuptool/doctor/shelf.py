"""A store of a plan that is looked at, and what was learnt about it so far."""

from __future__ import annotations

from functools import cached_property

from backuptool.config import Plan
from backuptool.config.stores import AnyStore, WebDavTable
from backuptool.copies import of_host
from backuptool.stores import Store, Stored

PATIENCE = 5.0  # s for a server that is away; somebody waits


class Shelf:
    """A store of a plan, and what was learnt about it so far."""

    def __init__(self, plan: Plan, table: AnyStore, database: int = 0) -> None:
        self.plan, self.table = plan, table
        self.database = database  # its size in bytes, where it is known

    @cached_property
    def store(self) -> Store:
        """Opened. Raises UsageError."""
        hurried = isinstance(self.table, WebDavTable)
        table = self.table.model_copy(update={"patience": PATIENCE}) if hurried else self.table
        return table.open()

    @cached_property
    def listed(self) -> list[Stored]:
        """All that is there. Raises StoreError."""
        return self.store.list()

    @property
    def newest(self) -> Stored | None:
        """The plan's newest bundle of this host: another's may be under other keys."""
        return self.own[-1] if self.own else None

    @cached_property
    def own(self) -> list[Stored]:
        """The plan's bundles of this host, oldest first. Raises StoreError."""
        return of_host(self.listed, self.plan.name, self.plan.host)
