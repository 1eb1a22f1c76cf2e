"""How a backup is drilled."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from backuptool.config.table import Table

# Where its server listens and what its files are: a data_directory is another cluster, which would run without fsync.
NOT_TO_SAY = {
    "listen_addresses", "port", "unix_socket_directories",
    "data_directory", "config_file", "hba_file", "ident_file", "external_pid_file",
}  # fmt: skip


def _setting(name: str) -> str:
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", name) is None:
        raise ValueError("must be the name of a setting of PostgreSQL: shared_preload_libraries")
    if name.lower() in NOT_TO_SAY:
        raise ValueError("where its server listens, and what its files are, is for the drill to say")
    return name


def _setting_value(value: Any) -> Any:
    if not isinstance(value, str | int | float):
        raise ValueError("must be a text or a number")  # noqa: TRY004 - pydantic takes no other
    return str(value)


def _query(sql: str) -> str:
    if not sql.strip().rstrip(";").strip():
        raise ValueError("must be a query that gives one true: select count(*) > 0 from submission")
    return sql


Settings = dict[
    Annotated[str, AfterValidator(_setting)],
    Annotated[str, BeforeValidator(_setting_value, json_schema_input_type=str | float | bool)],
]


class DrillTable(Table):
    """How a drill is done: in a container of `image` (else that of the database's own container) with `memory`.

    `settings`: of its server, which does not get those of the service (they may name files that are not in the image);
    `assert`: queries that must give one true in the copy.
    """

    image: Annotated[str, Field(pattern="^([^-].*)?$")] = ""
    memory: Annotated[str, Field(pattern="^[1-9][0-9]*[bkmgBKMG]?$")] = "1g"
    settings: Settings = Field(default_factory=dict)
    assertions: Annotated[tuple[Annotated[str, AfterValidator(_query)], ...], Field(alias="assert")] = ()
