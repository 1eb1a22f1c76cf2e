-- A broker's database as the demo and the tests use it: odd names, every kind of thing that a backup can lose.
CREATE ROLE broker LOGIN PASSWORD 'not a secret';
CREATE ROLE "read only";
GRANT "read only" TO broker;
CREATE DATABASE broker OWNER broker TEMPLATE template0 ENCODING 'UTF8';
COMMENT ON DATABASE broker IS 'The broker''s; CREATE DATABASE broker';
ALTER DATABASE broker SET timezone = 'Europe/Berlin';
ALTER ROLE broker IN DATABASE broker SET search_path = public, "Über Uns";
GRANT CONNECT ON DATABASE broker TO "read only";
\connect broker
SET ROLE broker;
CREATE SCHEMA "Über Uns";
CREATE TYPE state AS ENUM ('new', 'checked', 'in process', 'done');
CREATE TABLE curator (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, tags text[]);
INSERT INTO curator (name, tags)
    SELECT format('Curator %s', n), ARRAY['a"b', 'c\d', 'e,f', NULL, n::text] FROM generate_series(1, 200) n;
CREATE TABLE submission (
    id bigint PRIMARY KEY, curator int REFERENCES curator, state state NOT NULL, title text NOT NULL,
    body jsonb NOT NULL, created timestamptz NOT NULL, score numeric(8, 3));
INSERT INTO submission
    SELECT n, 1 + n % 200, (enum_range(NULL::state))[1 + n % 4], format('Study %s – “Größe” 漢字 %s', n, md5(n::text)),
           jsonb_build_object('accession', 'S' || lpad(n::text, 9, '0'), 'files', n % 17, 'note', repeat(chr(97 + n % 26), n % 40)),
           timestamptz '2020-03-29 00:30+00' + n * interval '17 min', CASE n % 9 WHEN 0 THEN NULL ELSE n / 7.0 END
    FROM generate_series(1, 120000) n;
CREATE TABLE data_file (submission bigint REFERENCES submission, name text, digest bytea, size bigint, PRIMARY KEY (submission, name));
INSERT INTO data_file
    SELECT 1 + n % 120000, format('file %s.fastq.gz', n), sha256(n::text::bytea), n * 4099::bigint FROM generate_series(1, 150000) n;
CREATE TABLE "Über Uns"."Odd ""Table""; name" ("a column" text, "select" int, "ünï" text);
INSERT INTO "Über Uns"."Odd ""Table""; name" VALUES
    (E'\\restrict abc', 1, E'\\.'), (E'line\nbreak\ttab\r\\N', 2, NULL), ('-- PostgreSQL database dump complete', 3, ''),
    (E'COPY public.x FROM stdin;', 4, E'\\unrestrict abc');
CREATE TABLE event (at timestamptz NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO event SELECT timestamptz '2025-06-01' + n * interval '10 min', 'event ' || n FROM generate_series(1, 50000) n;
CREATE TABLE nothing_yet (id int);
CREATE INDEX ON submission (state, created);
CREATE INDEX ON submission USING gin (body);
CREATE VIEW waiting AS SELECT id, title FROM submission WHERE state IN ('new', 'checked');
CREATE FUNCTION misleading() RETURNS text LANGUAGE plpgsql AS $body$
BEGIN
    RETURN '
COPY public.submission FROM stdin;
1	2
\.
';
END $body$;
CREATE SEQUENCE ticket_number START 1000;
SELECT setval('ticket_number', 4711);
SELECT lo_from_bytea(700001, decode(repeat('deadbeef', 5000), 'hex')) > 0 AS made;
COMMENT ON TABLE submission IS 'what was handed in; it''s "important"';
GRANT SELECT ON submission TO "read only";
