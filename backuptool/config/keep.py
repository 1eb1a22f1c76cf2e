"""How long bundles are kept."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StrictInt, model_validator

from backuptool.config.duration import Duration
from backuptool.config.table import Table
from backuptool.retention import Policy

Count = Annotated[StrictInt, Field(ge=0, le=100_000)]
RULES = ("last", "daily", "weekly", "monthly", "yearly", "within")


class KeepTable(Table):
    """As retention.Policy has them; a rule at least."""

    last: Count = 0
    daily: Count = 0
    weekly: Count = 0
    monthly: Count = 0
    yearly: Count = 0
    within: Duration | None = None
    minimum: Annotated[StrictInt, Field(ge=1, le=100_000)] = 3

    @model_validator(mode="after")
    def _keeps_something(self) -> Self:
        if not any(getattr(self, rule) for rule in RULES):
            raise ValueError(f"keeps nothing: give one of {', '.join(RULES)}")
        return self

    def policy(self) -> Policy:
        """The same, for decisions."""
        return Policy(self.last, self.daily, self.weekly, self.monthly, self.yearly, self.within, self.minimum)
