-- Functions, procedures, aggregates, operators, casts, triggers: bodies that look like a dump.
CREATE SCHEMA functions;
SET search_path = functions;
CREATE FUNCTION looks_like_a_dump() RETURNS text LANGUAGE plpgsql AS $body$
BEGIN
    RETURN '
--
-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.t (a) FROM stdin;
1
\.
\restrict abc
\unrestrict abc
\! true
--
-- PostgreSQL database dump complete
--

';
END $body$;
CREATE FUNCTION looks_like_more() RETURNS text LANGUAGE sql AS '
SELECT $$ '' $$ || $_$
\.
$_$ || $_X$
SELECT pg_catalog.lo_open(1, 131072);
$_X$ -- it''s a \ comment
';
CREATE FUNCTION carriage() RETURNS text LANGUAGE sql AS E'SELECT ''1'' -- \r\n || ''2'' -- tab\t\r\n';
CREATE FUNCTION carriage2() RETURNS text LANGUAGE sql AS E'SELECT ''a\r\nb''::text';
CREATE FUNCTION "odd ""name""; \"(IN "a b" int DEFAULT 1, VARIADIC rest text[] DEFAULT '{"x,y"}', OUT o text, OUT "p;" int) LANGUAGE sql IMMUTABLE PARALLEL SAFE LEAKPROOF STRICT COST 7 AS $$SELECT 'o'::text, $1$$;
CREATE FUNCTION rows() RETURNS TABLE (a int, "b c" text) LANGUAGE sql STABLE ROWS 17 SECURITY DEFINER SET search_path = functions, pg_temp SET work_mem = '1MB' SET "my.own" = 'it''s \' AS $$VALUES (1, 'x')$$;
CREATE FUNCTION many(anyelement, anyarray) RETURNS SETOF anyelement LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION many(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1 + $2';
CREATE FUNCTION many(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE PROCEDURE work(INOUT a int, b text DEFAULT 'it''s') LANGUAGE plpgsql AS $$BEGIN COMMIT; a := 1; END$$;
CREATE FUNCTION internal(int, int) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'int4pl';
\if :from_14
CREATE SEQUENCE counter;
CREATE FUNCTION atomic(a int, s varchar) RETURNS bigint LANGUAGE sql BEGIN ATOMIC
    SELECT setval('counter', 5);
    SELECT CASE WHEN a > 1 AND s IN ('x', 'y') THEN length('COPY x FROM stdin;') ELSE 1 END;
END;
CREATE FUNCTION expression(a int) RETURNS text RETURN a::text || E'\\.\n';
CREATE PROCEDURE out_too(OUT a int) LANGUAGE sql BEGIN ATOMIC SELECT 1; END;
\endif
CREATE FUNCTION add_state(numeric, int) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 + coalesce($2, 0)';
CREATE FUNCTION final(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE AGGREGATE own_sum(int) (SFUNC = add_state, STYPE = numeric, INITCOND = '0.50', FINALFUNC = final, COMBINEFUNC = numeric_add, PARALLEL = SAFE);
CREATE AGGREGATE first_of(ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = mode_final, FINALFUNC_EXTRA);
CREATE OPERATOR ===~ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq, COMMUTATOR = ===~, NEGATOR = <<>>~, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR <<>>~ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4ne, COMMUTATOR = <<>>~, NEGATOR = ===~);
CREATE OPERATOR #*- (RIGHTARG = int, FUNCTION = int4um);
CREATE OPERATOR FAMILY own_family USING btree;
CREATE OPERATOR CLASS own_class FOR TYPE int USING btree FAMILY own_family AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
CREATE OPERATOR CLASS hash_class FOR TYPE int USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int);
ALTER OPERATOR FAMILY own_family USING btree ADD OPERATOR 1 < (int, bigint), FUNCTION 1 btint48cmp(int, bigint);
CREATE TYPE wrapped AS (a int);
CREATE FUNCTION wrap(int) RETURNS wrapped LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1)::functions.wrapped';
CREATE CAST (int AS wrapped) WITH FUNCTION wrap(int) AS ASSIGNMENT;
CREATE CAST (wrapped AS text) WITH INOUT AS IMPLICIT;
CREATE FUNCTION int_to_jsonb(int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS 'SELECT to_jsonb($1)';
CREATE CAST (int AS jsonb) WITH FUNCTION int_to_jsonb(int) AS IMPLICIT;
CREATE CONVERSION own_conversion FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
CREATE TABLE indexed (a int);
CREATE INDEX ON indexed (a own_class);
CREATE INDEX ON indexed USING hash (a hash_class);

CREATE TABLE watched (id int PRIMARY KEY, v text, n int);
INSERT INTO watched VALUES (1, 'x', 1);
CREATE TABLE log (what text);
CREATE FUNCTION on_change() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO functions.log VALUES (tg_name || coalesce(tg_argv[0], '')); RETURN new; END$$;
CREATE TRIGGER before_row BEFORE INSERT OR UPDATE OF v, n ON watched FOR EACH ROW WHEN (new.v IS DISTINCT FROM 'it''s; \.') EXECUTE FUNCTION on_change('a''b', E'c\\d\n', '');
CREATE TRIGGER "after ""statement""; \" AFTER TRUNCATE OR DELETE ON watched EXECUTE FUNCTION on_change();
CREATE TRIGGER transition AFTER UPDATE ON watched REFERENCING OLD TABLE AS o NEW TABLE AS "n n" FOR EACH STATEMENT EXECUTE FUNCTION on_change();
CREATE CONSTRAINT TRIGGER deferred AFTER INSERT ON watched FROM log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION on_change();
CREATE TRIGGER disabled AFTER INSERT ON watched FOR EACH ROW EXECUTE FUNCTION on_change();
CREATE TRIGGER only_replica AFTER INSERT ON watched FOR EACH ROW EXECUTE FUNCTION on_change();
CREATE TRIGGER always AFTER INSERT ON watched FOR EACH ROW EXECUTE FUNCTION on_change();
ALTER TABLE watched DISABLE TRIGGER disabled, ENABLE REPLICA TRIGGER only_replica, ENABLE ALWAYS TRIGGER always;
CREATE VIEW seen AS SELECT * FROM watched;
CREATE TRIGGER instead INSTEAD OF INSERT ON seen FOR EACH ROW EXECUTE FUNCTION on_change();
CREATE TABLE parted (a int, v text) PARTITION BY LIST (a);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TRIGGER on_all AFTER INSERT ON parted FOR EACH ROW EXECUTE FUNCTION on_change();
CREATE TRIGGER on_one BEFORE INSERT ON parted_1 FOR EACH ROW EXECUTE FUNCTION on_change();
ALTER TABLE parted_1 DISABLE TRIGGER on_all;
INSERT INTO parted VALUES (1, 'x');
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN IF current_setting('my.stop', true) = 'yes' THEN RAISE 'no'; END IF; END$$;
CREATE EVENT TRIGGER "on ""ddl""" ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION on_ddl();
CREATE EVENT TRIGGER on_drop ON sql_drop EXECUTE FUNCTION on_ddl();
CREATE EVENT TRIGGER on_rewrite ON table_rewrite EXECUTE FUNCTION on_ddl();
ALTER EVENT TRIGGER on_drop DISABLE;
ALTER EVENT TRIGGER on_rewrite ENABLE ALWAYS;
CREATE FUNCTION check_me(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
CREATE TABLE uses_function (a int DEFAULT functions.many(1, 2) CHECK (functions.check_me(a)), b int GENERATED ALWAYS AS (functions.internal(a, 1)) STORED);
INSERT INTO uses_function VALUES (4), (DEFAULT);
