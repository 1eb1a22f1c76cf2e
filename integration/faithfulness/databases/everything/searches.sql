-- Collations, text search, foreign data, publications, transforms, access methods.
CREATE SCHEMA searches;
SET search_path = searches;
CREATE COLLATION c_copy FROM "C";
CREATE COLLATION "posix; ""too""" (LC_COLLATE = 'POSIX', LC_CTYPE = 'C');
CREATE TABLE collated (a text COLLATE c_copy, b text COLLATE "posix; ""too""");
INSERT INTO collated VALUES ('a', 'B'), ('ä', 'ß');
CREATE INDEX ON collated (a, b COLLATE "C");
\if :has_icu
CREATE COLLATION german (PROVIDER = icu, LOCALE = 'de-u-co-phonebk');
CREATE COLLATION insensitive (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
CREATE TABLE in_german (a text COLLATE german, b text COLLATE insensitive UNIQUE, c text COLLATE "de-x-icu");
INSERT INTO in_german VALUES ('Ärger', 'x', 'ö'), ('Azur', 'Y', 'o');
CREATE INDEX ON in_german (c COLLATE "und-x-icu");
\endif
\if :from_17
CREATE COLLATION builtin (PROVIDER = builtin, LOCALE = 'C.UTF-8');
\endif
CREATE TEXT SEARCH DICTIONARY stemmer (TEMPLATE = snowball, LANGUAGE = german, STOPWORDS = german);
CREATE TEXT SEARCH DICTIONARY "simple; ""own""" (TEMPLATE = simple, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION own (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION own ADD MAPPING FOR asciiword, word, numword WITH "simple; ""own""", stemmer;
ALTER TEXT SEARCH CONFIGURATION own ADD MAPPING FOR email, url WITH simple;
CREATE TEXT SEARCH PARSER own_parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE own_template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TABLE searched (t text, v tsvector GENERATED ALWAYS AS (to_tsvector('searches.own', t)) STORED);
INSERT INTO searched (t) VALUES ('Die Häuser stehen, it''s mail@example.org');
CREATE INDEX ON searched USING gin (v);
CREATE FOREIGN DATA WRAPPER own_wrapper OPTIONS (debug 'it''s \ "on"');
CREATE SERVER "a ""server""" TYPE 'x' VERSION '1.0' FOREIGN DATA WRAPPER own_wrapper OPTIONS (host 'h', "odd name" E'a\\b');
CREATE USER MAPPING FOR reader SERVER "a ""server""" OPTIONS ("user" 'remote', password 'not a secret');
CREATE USER MAPPING FOR PUBLIC SERVER "a ""server""";
CREATE FOREIGN TABLE remote (a int OPTIONS (column_name 'x') NOT NULL, b text DEFAULT 'd' COLLATE "C", CHECK (a > 0)) SERVER "a ""server""" OPTIONS (table_name 'it''s');
GRANT USAGE ON FOREIGN SERVER "a ""server""" TO reader;
GRANT USAGE ON FOREIGN DATA WRAPPER own_wrapper TO writer;
CREATE ACCESS METHOD own_method TYPE INDEX HANDLER bthandler;
CREATE ACCESS METHOD own_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE in_own_heap (a int) USING own_heap;
INSERT INTO in_own_heap VALUES (1);
CREATE TABLE in_heap_again (a int);
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert, truncate');
CREATE PUBLICATION "some ""tables""" FOR TABLE collated, ONLY searched WITH (publish_via_partition_root = true);
CREATE PUBLICATION none;
ALTER PUBLICATION none OWNER TO "Über ""Admin""'s; \";
COMMENT ON PUBLICATION none IS 'none';
CREATE SUBSCRIPTION "from ""there""" CONNECTION 'host=127.0.0.1 port=1 dbname=''x''' PUBLICATION a, "b c" WITH (connect = false, enabled = false, slot_name = NONE, create_slot = false);
\if :from_15
CREATE TABLE filtered_by (a int PRIMARY KEY, b text);
CREATE PUBLICATION filtered FOR TABLE filtered_by (a) WHERE (a > 1 AND b <> 'it''s');
CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA comments;
\endif
