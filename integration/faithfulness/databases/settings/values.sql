-- Values whose text depends on settings.
SET default_transaction_read_only = off;
SET standard_conforming_strings = on;
CREATE SCHEMA own;
CREATE TABLE own.values (b bytea, f float8, r float4, at timestamptz, d date, i interval, t text, "select" int DEFAULT 1 CHECK ("select" > 0), a int[], m money);
INSERT INTO own.values VALUES
    ('\x00ff5c27', 0.1::float8 + 0.2::float8, 0.1, '2024-03-31 01:30+00', '2024-02-03', '-1 year 2 mons -3 days 04:05:06.789', 'it''s \ "ü" €漢', 1, '{1,NULL}', '1234.56'),
    ('', 1e-300, 16777217, '1900-01-01 00:00+05:41:16', '0044-03-15 BC', '1 mon -1 day', E'\\.\n\t', 2, '{}', '-0.01');
CREATE TABLE own.defaults (t text DEFAULT E'it''s \\ \n', b bytea DEFAULT '\x00ff', at timestamptz DEFAULT '2024-01-01 12:00+00', i interval DEFAULT '1 day 2 hours', f float8 DEFAULT 0.30000000000000004, CHECK (t <> E'\\'), CHECK (at > '2020-01-01 00:00+03'));
CREATE FUNCTION own.body() RETURNS text LANGUAGE sql AS $$SELECT 'it''s \'::text$$;
CREATE FUNCTION own.quoted() RETURNS text LANGUAGE sql AS 'SELECT ''\ $$ ''::text';
COMMENT ON TABLE own.values IS E'it''s \\ "ü"';
CREATE VIEW own.uses AS SELECT '\x00'::bytea AS b, '2024-01-01 00:00+00'::timestamptz AS at, interval '1 day' AS i, E'\\'::text AS t, "select" = NULL AS n FROM own.values;
CREATE TABLE own.parts (at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE own.part PARTITION OF own.parts FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2025-01-01 00:00+00');
INSERT INTO own.parts VALUES ('2024-06-01 00:00+00');
CREATE SEQUENCE own.numbers;
SELECT setval('own.numbers', 17);
SELECT lo_from_bytea(99, '\x5c27ff00');
CREATE INDEX indexed ON own.values (d);
GRANT SELECT ON own.values TO keeper;
