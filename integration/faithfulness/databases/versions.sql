-- What psql's \if may ask in the other files: the server's version, and what it was built with.
SELECT v >= 14 AS from_14, v >= 15 AS from_15, v >= 16 AS from_16, v >= 17 AS from_17, v >= 18 AS from_18
FROM (SELECT current_setting('server_version_num')::int / 10000 AS v) version \gset
SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'de-x-icu') AS has_icu,
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hstore') AS has_contrib,
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'own') AS has_own,
    EXISTS (SELECT FROM pg_config WHERE name = 'CONFIGURE' AND setting LIKE '%--with-libxml%') AS has_xml \gset
