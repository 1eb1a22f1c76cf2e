"""What monitoring expects of a plan's backups."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, StrictFloat

from backuptool.config.duration import Duration
from backuptool.config.size import Size
from backuptool.config.table import Table


class CheckTable(Table):
    """`max_age` of the newest; its `min_size` in bytes, and as a fraction of the usual one; `drill_max_age`: of the
    last drill, None: none is expected."""

    max_age: Duration = timedelta(hours=26)
    min_size: Size = 0
    min_ratio: Annotated[StrictFloat, Field(ge=0, le=1)] = 0.5
    drill_max_age: Duration | None = None
