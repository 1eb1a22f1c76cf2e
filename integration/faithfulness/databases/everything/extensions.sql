-- Extensions that Debian's postgresql ships: in public, in schemas of their own, with rows of their own.
\if :has_contrib
CREATE SCHEMA extensions;
CREATE SCHEMA "Odd ""Schema""";
SET search_path = public;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION hstore WITH SCHEMA extensions;
CREATE EXTENSION citext WITH SCHEMA "Odd ""Schema""";
CREATE EXTENSION ltree SCHEMA extensions;
CREATE EXTENSION "uuid-ossp" SCHEMA extensions;
CREATE EXTENSION pgcrypto;
CREATE EXTENSION btree_gist SCHEMA extensions;
CREATE EXTENSION btree_gin;
CREATE EXTENSION tablefunc;
CREATE EXTENSION intarray;
CREATE EXTENSION cube;
CREATE EXTENSION earthdistance;
CREATE EXTENSION isn;
CREATE EXTENSION seg;
CREATE EXTENSION unaccent;
CREATE EXTENSION fuzzystrmatch;
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION file_fdw;
CREATE EXTENSION lo;
CREATE EXTENSION bloom;
CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION pg_visibility;
COMMENT ON EXTENSION hstore IS 'own comment; it''s';
SET search_path = extensions, public, "Odd ""Schema""";
CREATE TABLE of_extensions (h hstore, c citext UNIQUE, l ltree, u uuid DEFAULT uuid_generate_v4(), i isbn, q cube, s seg, r int4range, n int, t text);
INSERT INTO of_extensions VALUES ('"a b"=>"c\"d\\", x=>NULL', 'MiXed', 'a.b.c', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '978-0-393-04002-9', '(1,2),(3,4)', '1.0 .. 2.50', '[1,5)', 1, 'trigram'), (NULL, NULL, '', NULL, NULL, '(NaN)', '~1', 'empty', NULL, NULL);
CREATE INDEX ON of_extensions USING gin (t gin_trgm_ops);
CREATE INDEX ON of_extensions USING gist (l gist_ltree_ops);
CREATE INDEX ON of_extensions USING gist (h);
CREATE INDEX ON of_extensions USING bloom (n);
ALTER TABLE of_extensions ADD EXCLUDE USING gist (n WITH =, r WITH &&);
CREATE SERVER another FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', dbname 'x');
CREATE FOREIGN TABLE elsewhere (a int) SERVER another;
CREATE TABLE images (picture lo);
CREATE TRIGGER manage BEFORE UPDATE OR DELETE ON images FOR EACH ROW EXECUTE FUNCTION lo_manage(picture);
GRANT EXECUTE ON FUNCTION public.digest(text, text) TO reader;
REVOKE ALL ON FUNCTION public.gen_salt(text) FROM PUBLIC;
CREATE TABLE belongs (a int);
INSERT INTO belongs VALUES (1);
\endif
\if :has_own
CREATE EXTENSION own SCHEMA "Odd ""Schema""";
INSERT INTO "Odd ""Schema""".choices VALUES (2, E'a person''s \\.'), (3, NULL);
SELECT setval('"Odd ""Schema""".numbers', 77);
GRANT SELECT ON "Odd ""Schema""".choices TO reader;
REVOKE EXECUTE ON FUNCTION "Odd ""Schema""".own_function() FROM PUBLIC;
\endif
