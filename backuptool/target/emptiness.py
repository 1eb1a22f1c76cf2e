"""What is in a database that nobody but a person can have put there."""

from __future__ import annotations

import shlex

from backuptool.errors import UsageError

# Ids from 16384 on are given out after initdb (FirstNormalObjectId, access/transam.h); a large object may have any.
# Left out: what an extension brings (the extension counts), plpgsql, the schema public (made again, it is empty still),
# temporary things, and settings: default privileges.
OBJECTS = """
    with made (kind, class, id, namespace) as (
        select 'tables', tableoid, oid, relnamespace from pg_catalog.pg_class where relkind not in ('i', 'I', 't', 'c')
        union all select 'functions', tableoid, oid, pronamespace from pg_catalog.pg_proc
        union all select 'types', tableoid, oid, typnamespace from pg_catalog.pg_type
        union all select 'operators', tableoid, oid, oprnamespace from pg_catalog.pg_operator
        union all select 'operators', tableoid, oid, opcnamespace from pg_catalog.pg_opclass
        union all select 'operators', tableoid, oid, opfnamespace from pg_catalog.pg_opfamily
        union all select 'collations', tableoid, oid, collnamespace from pg_catalog.pg_collation
        union all select 'conversions', tableoid, oid, connamespace from pg_catalog.pg_conversion
        union all select 'text searches', tableoid, oid, cfgnamespace from pg_catalog.pg_ts_config
        union all select 'text searches', tableoid, oid, dictnamespace from pg_catalog.pg_ts_dict
        union all select 'text searches', tableoid, oid, prsnamespace from pg_catalog.pg_ts_parser
        union all select 'text searches', tableoid, oid, tmplnamespace from pg_catalog.pg_ts_template
        union all select 'schemas', tableoid, oid, oid from pg_catalog.pg_namespace where nspname <> 'public'
        union all select 'extensions', tableoid, oid, 0 from pg_catalog.pg_extension where extname <> 'plpgsql'
        union all select 'languages', tableoid, oid, 0 from pg_catalog.pg_language
        union all select 'casts', tableoid, oid, 0 from pg_catalog.pg_cast
        union all select 'transforms', tableoid, oid, 0 from pg_catalog.pg_transform
        union all select 'access methods', tableoid, oid, 0 from pg_catalog.pg_am
        union all select 'foreign data wrappers', tableoid, oid, 0 from pg_catalog.pg_foreign_data_wrapper
        union all select 'foreign servers', tableoid, oid, 0 from pg_catalog.pg_foreign_server
        union all select 'event triggers', tableoid, oid, 0 from pg_catalog.pg_event_trigger
        union all select 'publications', tableoid, oid, 0 from pg_catalog.pg_publication
    ), found (kind, count) as (
        select kind, count(*) from made
        where id >= 16384
        and namespace not in (select oid from pg_catalog.pg_namespace where nspname ~ '^pg_(toast_)?temp_')
        and not exists (select from pg_catalog.pg_depend where classid = class and objid = id and deptype = 'e')
        group by kind
        union all select 'large objects', count(*) from pg_catalog.pg_largeobject_metadata
        union all select 'subscriptions', count(*) from pg_catalog.pg_subscription
            where subdbid = (select oid from pg_catalog.pg_database where datname = current_database())
    )
    select kind, count from found where count > 0
    order by kind <> 'tables', kind <> 'large objects', kind = 'types', kind
"""


def refuse_unless_empty(name: str, found: list[list[str]]) -> None:
    """Raises UsageError when OBJECTS, asked of the database `name`, found any."""
    if found:
        kind, count = found[0]
        raise UsageError(
            f"the database {name} exists and has {kind} ({count}): a restore never writes into data",
            hint=f"restore into a new one: {beside(name)}; or in place of this one, which is kept: --replace",
        )


def beside(name: str) -> str:
    """The words that restore into a database which is not `name`. A name that begins as an option does is a part of
    the option's own word."""
    new = f"{name}_restored"
    return shlex.join([f"--into={new}"] if new.startswith("-") else ["--into", new])
