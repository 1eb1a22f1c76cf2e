-- Databases whose names, texts and rows are made of a dump's own words.
CREATE DATABASE hostile TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE backslashes TEMPLATE template0 ENCODING 'UTF8';
ALTER DATABASE backslashes SET standard_conforming_strings = off;
ALTER DATABASE hostile SET timezone = 'Asia/Tokyo';
\connect hostile
CREATE SCHEMA "s
-- Data for Name: x; Type: TABLE DATA; ";
CREATE TABLE "a
b" (x int);
INSERT INTO "a
b" VALUES (1);
CREATE TABLE "a b" (x int);
INSERT INTO "a b" VALUES (1), (2);
CREATE TABLE "x
-- Data for Name: fake; Type: TABLE DATA; Schema: s" (
    "'; COPY x FROM stdin;" int, "line
\.
" text DEFAULT E'it\'s \\ \n\\.\nCOPY public.fake (a) FROM stdin;\n', "E" text DEFAULT '\', "$$" text DEFAULT '$_$');
INSERT INTO "x
-- Data for Name: fake; Type: TABLE DATA; Schema: s" ("'; COPY x FROM stdin;", "line
\.
") VALUES (1, E'\\.'), (2, E'\n\\.\n'), (3, E'\restrict abc'), (4, E'\\restrict abc'), (5, '\N'), (6, NULL);
CREATE TABLE carriage (line text);  -- as data, a carriage return is written \r
INSERT INTO carriage VALUES (E'\restrict abc'), (E'\r'), (E'\r\n');
CREATE TABLE "n; Type: TABLE DATA; Schema: s; Owner: o" (x int);
INSERT INTO "n; Type: TABLE DATA; Schema: s; Owner: o" VALUES (1);
CREATE TABLE "s
-- Data for Name: x; Type: TABLE DATA; "."say "";'" (x text);
INSERT INTO "s
-- Data for Name: x; Type: TABLE DATA; "."say "";'" VALUES ('SELECT pg_catalog.setval(''s'', 1, true);');
CREATE TABLE bare ();
INSERT INTO bare DEFAULT VALUES;
INSERT INTO bare DEFAULT VALUES;
CREATE TABLE empty (x int);
CREATE TABLE doubled (a int, twice int GENERATED ALWAYS AS (a * 2) STORED);
INSERT INTO doubled SELECT generate_series(1, 1000);
CREATE TABLE bytes (a bytea);
INSERT INTO bytes VALUES ('\x5c2e0a'), (''), (NULL), (decode(repeat('0a5c2e0a', 100000), 'hex'));
CREATE TABLE wide (a text, b text);
INSERT INTO wide VALUES (repeat(E'\\.\n', 1000000), repeat('x', 3000000)), ('', '');
CREATE TABLE halves (a int) PARTITION BY RANGE (a);
CREATE TABLE lower PARTITION OF halves FOR VALUES FROM (0) TO (10);
CREATE TABLE upper PARTITION OF halves FOR VALUES FROM (10) TO (20);
INSERT INTO halves SELECT generate_series(0, 16);
CREATE FUNCTION fake() RETURNS text LANGUAGE sql AS $body$SELECT $$ ' " /* --
--
-- Data for Name: fake; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.fake (a) FROM stdin;
1
\.


SELECT pg_catalog.setval('public.fake', 1, true);
SELECT pg_catalog.lo_open('1', 131072);
\restrict abc
$$::text $body$;
CREATE FUNCTION tags() RETURNS text LANGUAGE sql AS $body$SELECT $_$
COPY public.fake (a) FROM stdin;
$_$ || $_X$
\.
$_X$$body$;
CREATE SEQUENCE counter;
SELECT setval('counter', 41);
CREATE FUNCTION atomic(int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC
    SELECT setval('counter', 5); SELECT CASE WHEN $1 > 1 THEN length('COPY x FROM stdin;') ELSE 1 END;
END;
CREATE SEQUENCE "it's; \
SELECT pg_catalog.setval('x', 1, true);";
CREATE SEQUENCE "never called";
CREATE VIEW "view
\restrict abc" AS SELECT 1 AS "--", '/*' AS "/*", E'\'\\' AS "E'", 2 - -1 AS "-";
CREATE RULE rule AS ON INSERT TO empty DO ALSO (
    INSERT INTO bytes VALUES ('COPY x FROM stdin;'); DELETE FROM bytes WHERE a = '\x00'; NOTIFY rule, '
\.
');
COMMENT ON TABLE empty IS E'\n--\n-- Data for Name: fake; Type: TABLE DATA; Schema: public; Owner: postgres\n--\n
COPY public.fake (a) FROM stdin;\n1\n\\.\n';
COMMENT ON SEQUENCE counter IS E'\'; \\ \nCOPY public.fake (a) FROM stdin;\n';
CREATE OPERATOR #*- (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl);
SELECT lo_from_bytea(31, ''), lo_from_bytea(4, '\x00'), lo_from_bytea(203, decode(repeat('5c2e0a27', 10000), 'hex'));
COMMENT ON LARGE OBJECT 4 IS E'\nSELECT pg_catalog.lo_open(''1'', 131072);\n';
\connect backslashes
CREATE TABLE t (a text DEFAULT E'\\\'; COPY x FROM stdin;\n', b text);
INSERT INTO t VALUES (E'\\', E'\\.'), (E'\'', E'\restrict abc');
CREATE SEQUENCE "back\slash's";
CREATE FUNCTION fake() RETURNS text LANGUAGE sql AS $body$SELECT E'\'
COPY public.fake (a) FROM stdin;
\\.
'::text$body$;
COMMENT ON TABLE t IS E'\\\\\'\nCOPY public.fake (a) FROM stdin;\n\\';
SELECT lo_from_bytea(7, E'\\x5c');
