-- What the server itself says of a database, its roles and its extensions: a dump's text is not asked. Each query stands
-- under what a row of its answer is. A grant of what its owner may anyhow is the same as none.

-- the database
select to_jsonb(d) - '{oid,datname,datdba,dattablespace,datfrozenxid,datminmxid,datlastsysoid,datacl}'::text[],
    datdba::regrole, t.spcname,
    (select string_agg(a::text, ' ' order by a::text) from unnest(datacl) a) as grants,
    shobj_description(d.oid, 'pg_database')
from pg_catalog.pg_database d join pg_catalog.pg_tablespace t on t.oid = dattablespace
where datname = current_database()

-- a setting
select setrole::regrole, unnest(setconfig) from pg_catalog.pg_db_role_setting
where setdatabase = (select oid from pg_catalog.pg_database where datname = current_database())

-- a role
select to_jsonb(r) - 'oid', shobj_description(oid, 'pg_authid') from pg_catalog.pg_authid r
where rolname !~ '^pg_'

-- a role's setting
select setrole::regrole, unnest(setconfig) from pg_catalog.pg_db_role_setting where setdatabase = 0

-- a membership
select roleid::regrole, member::regrole, grantor::regrole,
    to_jsonb(m) - '{oid,roleid,member,grantor}'::text[] from pg_catalog.pg_auth_members m
where member >= 16384

-- an extension
select extname, extversion, extrelocatable, extnamespace::regnamespace, extowner::regrole,
    extconfig::regclass[], extcondition
from pg_catalog.pg_extension

-- a schema
select nspname, nspowner::regrole, (select string_agg(a::text, ' ' order by a::text)
        from unnest(coalesce(nspacl, acldefault('n', nspowner))) a)
from pg_catalog.pg_namespace where nspname !~ '^pg_(toast|temp)'

-- a relation
select c.oid::regclass, relkind, relpersistence, reloptions, relreplident, relrowsecurity, relforcerowsecurity,
    relispartition, amname, relowner::regrole, indisclustered, indisreplident, indisvalid, indnullsdistinct,
    (select string_agg(a::text, ' ' order by a::text)
        from unnest(coalesce(relacl, acldefault(case relkind when 'S' then 's'::"char" else 'r' end, relowner))) a)
from pg_catalog.pg_class c left join pg_catalog.pg_am a on a.oid = relam
    left join (select *, to_jsonb(i) -> 'indnullsnotdistinct' as indnullsdistinct from pg_catalog.pg_index i) i
        on i.indexrelid = c.oid
where relkind <> 't' and relnamespace not in (
    select oid from pg_catalog.pg_namespace where nspname in ('pg_catalog', 'pg_toast', 'information_schema'))

-- a column
select attrelid::regclass, attname, format_type(atttypid, atttypmod), attcollation::regcollation, attnotnull,
    attstorage, to_jsonb(a) -> 'attcompression', attstattarget, attidentity, attgenerated, attislocal,
    attinhcount, attfdwoptions,
    array(select o from unnest(attoptions) o where o !~ '^pg_attver='), -- Debian's 17.12 has it: a number of its own
    atthasdef,
    (select string_agg(a::text, ' ' order by a::text) from unnest(attacl) a)
from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = attrelid
where attnum > 0 and not attisdropped and relkind <> 't' and relnamespace not in (
    select oid from pg_catalog.pg_namespace where nspname in ('pg_catalog', 'pg_toast', 'information_schema'))

-- a constraint
select conrelid::regclass, contypid::regtype, conname, contype, condeferrable, condeferred, convalidated,
    conislocal, coninhcount, contype in ('c', 'n') and connoinherit,
    confrelid::regclass, confupdtype, confdeltype, confmatchtype,
    to_jsonb(c) -> 'conenforced', to_jsonb(c) -> 'conperiod', conindid::regclass
from pg_catalog.pg_constraint c where connamespace not in (
    select oid from pg_catalog.pg_namespace where nspname in ('pg_catalog', 'pg_toast', 'information_schema'))

-- a trigger
select tgrelid::regclass, tgname, tgfoid::regprocedure, tgtype, tgenabled, tgdeferrable, tginitdeferred,
    tgargs, tgconstrrelid::regclass from pg_catalog.pg_trigger where not tgisinternal

-- a sequence
select schemaname, sequencename, sequenceowner, data_type, start_value, min_value, max_value, increment_by,
    cycle, cache_size, last_value from pg_catalog.pg_sequences

-- a function
select oid::regprocedure, prokind, proowner::regrole, prosrc, proconfig, provolatile, proparallel, prosecdef,
    proleakproof, proisstrict, procost, prorows, proargnames, prorettype::regtype,
    (select string_agg(a::text, ' ' order by a::text)
        from unnest(coalesce(proacl, acldefault('f', proowner))) a)
from pg_catalog.pg_proc where pronamespace not in (
    select oid from pg_catalog.pg_namespace where nspname in ('pg_catalog', 'pg_toast', 'information_schema'))

-- a type
select oid::regtype, typtype, typowner::regrole, typnotnull, typcollation::regcollation, typdelim, typcategory,
    array(select enumlabel from pg_catalog.pg_enum where enumtypid = t.oid order by enumsortorder),
    (select string_agg(a::text, ' ' order by a::text)
        from unnest(coalesce(typacl, acldefault('T', typowner))) a)
from pg_catalog.pg_type t where typnamespace not in (
    select oid from pg_catalog.pg_namespace where nspname in ('pg_catalog', 'pg_toast', 'information_schema'))

-- a large object
select oid, lomowner::regrole, obj_description(oid, 'pg_largeobject'),
    (select string_agg(a::text, ' ' order by a::text)
        from unnest(coalesce(lomacl, acldefault('L', lomowner))) a)
from pg_catalog.pg_largeobject_metadata

-- default privileges
select defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype,
    (select string_agg(a::text, ' ' order by a::text) from unnest(defaclacl) a) from pg_catalog.pg_default_acl
