-- Names with quotes, newlines, unicode, of 63 bytes, keywords; comments on everything.
CREATE SCHEMA "select
-- Data for Name: x; Type: TABLE DATA; Schema: s; Owner:";
SET search_path = "select
-- Data for Name: x; Type: TABLE DATA; Schema: s; Owner:";
CREATE TABLE "table" ("column" int, "user" text, "order" text DEFAULT 'it''s', "group" int);
INSERT INTO "table" VALUES (1, 'u', 'o', 2);
CREATE TABLE "it's ""quoted""; \ $$ -- /* %s {}" ("'" int, """" int, "\" int, "
" int, " " int, "$$" int, "a.b" int, "ü" int, "UPPER" int, ",()" int, "😀" int, "E'" int);
INSERT INTO "it's ""quoted""; \ $$ -- /* %s {}" VALUES (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
CREATE TABLE "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" ("yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy" serial PRIMARY KEY);
INSERT INTO "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" DEFAULT VALUES;
CREATE TABLE "漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢" ("漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢" text);
INSERT INTO "漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢" VALUES ('漢');
CREATE TABLE "line
break" (a int);
INSERT INTO "line
break" VALUES (1);
CREATE TABLE "line break" (a int);
INSERT INTO "line break" VALUES (2), (3);
CREATE TABLE "\restrict abc
\.
" ("
\unrestrict abc
" text);
INSERT INTO "\restrict abc
\.
" VALUES (E'\\unrestrict abc'), (E'\n\\restrict abc\n');
CREATE TABLE "carriage return" (a int);
CREATE SEQUENCE "ends with backslash\";
SELECT setval('"ends with backslash\"', 5);
CREATE TYPE "type'""s; \" AS ENUM ('a');
CREATE TABLE of_type (a "type'""s; \" DEFAULT 'a', b "type'""s; \"[]);
INSERT INTO of_type VALUES ('a', '{a,NULL}');
CREATE INDEX "index'""s; \
" ON of_type (a);
CREATE FUNCTION "function'""s; \
"("argument'""s; \
" int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW "view'""s; \
" AS SELECT "'", """", "
" FROM "it's ""quoted""; \ $$ -- /* %s {}";

CREATE SCHEMA comments;
COMMENT ON SCHEMA comments IS E'it''s a "schema"; \\ \n--\n-- Data for Name: fake; Type: TABLE DATA; Schema: public; Owner: postgres\n--\n\nCOPY public.fake (a) FROM stdin;\n1\n\\.\n';
SET search_path = comments;
CREATE TABLE t (a int CONSTRAINT k PRIMARY KEY, b text CONSTRAINT c CHECK (b <> ''));
CREATE VIEW v AS SELECT * FROM t;
CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p() LANGUAGE sql AS '';
CREATE AGGREGATE agg(int) (SFUNC = int4pl, STYPE = int);
CREATE TYPE e AS ENUM ('a');
CREATE TYPE r AS (x int);
CREATE DOMAIN d AS int CONSTRAINT dc CHECK (VALUE > 0);
CREATE SEQUENCE s;
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER tr AFTER INSERT ON t EXECUTE FUNCTION tf();
CREATE RULE ru AS ON DELETE TO t DO ALSO NOTHING;
CREATE POLICY po ON t;
CREATE STATISTICS st ON a, b FROM t;
CREATE OPERATOR @#@ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl);
CREATE COLLATION co FROM "C";
CREATE TEXT SEARCH CONFIGURATION ts (COPY = simple);
CREATE TEXT SEARCH DICTIONARY td (TEMPLATE = simple);
CREATE INDEX i ON t (b);
COMMENT ON TABLE t IS 'it''s \. "quoted"'; COMMENT ON COLUMN t.a IS E'\n\\.\n'; COMMENT ON COLUMN v.b IS 'column of a view'; COMMENT ON VIEW v IS 'view';
COMMENT ON MATERIALIZED VIEW m IS 'm'; COMMENT ON COLUMN m.a IS 'a'; COMMENT ON FUNCTION f(int) IS 'f'; COMMENT ON PROCEDURE p() IS 'p'; COMMENT ON AGGREGATE agg(int) IS 'agg';
COMMENT ON TYPE e IS 'e'; COMMENT ON TYPE r IS 'r'; COMMENT ON COLUMN r.x IS 'x'; COMMENT ON DOMAIN d IS 'd'; COMMENT ON CONSTRAINT dc ON DOMAIN d IS 'dc'; COMMENT ON SEQUENCE s IS 's';
COMMENT ON TRIGGER tr ON t IS 'tr'; COMMENT ON RULE ru ON t IS 'ru'; COMMENT ON POLICY po ON t IS 'po'; COMMENT ON STATISTICS st IS 'st'; COMMENT ON OPERATOR @#@ (int, int) IS 'op';
COMMENT ON COLLATION co IS 'co'; COMMENT ON TEXT SEARCH CONFIGURATION ts IS 'ts'; COMMENT ON TEXT SEARCH DICTIONARY td IS 'td'; COMMENT ON INDEX i IS 'i'; COMMENT ON CONSTRAINT c ON t IS 'c';
COMMENT ON CONSTRAINT k ON t IS 'k'; COMMENT ON SCHEMA public IS NULL; COMMENT ON EVENT TRIGGER on_drop IS 'event'; COMMENT ON CAST (int AS functions.wrapped) IS 'cast';
COMMENT ON OPERATOR CLASS functions.own_class USING btree IS 'oc'; COMMENT ON OPERATOR FAMILY functions.own_family USING btree IS 'of'; COMMENT ON CONVERSION functions.own_conversion IS 'conversion';
