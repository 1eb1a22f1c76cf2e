-- Views, rules, materialised views.
CREATE SCHEMA views;
SET search_path = views;
CREATE TABLE t (id int PRIMARY KEY, state varchar(10), at timestamptz, body jsonb, amount numeric);
INSERT INTO t SELECT n, (ARRAY['new', 'done', 'gone'])[1 + n % 3], timestamptz '2024-01-01 00:00+00' + n * interval '1 hour', jsonb_build_object('n', n), n / 3.0 FROM generate_series(1, 100) n;
CREATE VIEW simple AS SELECT id, state FROM t;
CREATE VIEW "with ""options""" WITH (security_barrier = true, check_option = cascaded) AS SELECT id, state FROM t WHERE id > 10;
CREATE VIEW local_check AS SELECT id FROM simple WHERE id < 5 WITH LOCAL CHECK OPTION;
CREATE VIEW of_in AS SELECT * FROM t WHERE state IN ('new', 'done') AND id IN (1, 2, 3);
CREATE DOMAIN few AS varchar(3)[];
CREATE FUNCTION of_big(bigint[]) RETURNS int LANGUAGE sql AS 'SELECT cardinality($1)';
CREATE FUNCTION of_few(few) RETURNS int LANGUAGE sql AS 'SELECT cardinality($1)';
CREATE VIEW of_arrays AS SELECT of_big(ARRAY[id, 2]) AS big, of_few(ARRAY[state, 'b']) AS few, (ARRAY[ARRAY['1', id::text]]::text[])::numeric(5, 2)[] AS deep FROM t;
CREATE VIEW odd_names AS SELECT 1 AS "select", '\'::text AS "a""b", E'\n'::text AS "new
line", $$it's$$::text AS "--", NULL::int AS "/*", 2 - -1 AS "-";
CREATE RECURSIVE VIEW counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting WHERE n < 5;
CREATE VIEW wide AS
    WITH a AS MATERIALIZED (SELECT id, rank() OVER w AS place, sum(amount) FILTER (WHERE id % 2 = 0) OVER (w ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) AS s
        FROM t WINDOW w AS (PARTITION BY state ORDER BY amount DESC NULLS LAST))
    SELECT DISTINCT ON (a.id) a.*, b.state COLLATE "C" AS state, x.v, (SELECT count(*) FROM t) AS counted, g.n WITH_ORD
    FROM a JOIN t b USING (id) LEFT JOIN LATERAL jsonb_each_text(b.body) x(k, v) ON true CROSS JOIN ROWS FROM (generate_series(1, 2), generate_series(1, 3)) WITH ORDINALITY g(n, m, o)
    WHERE b.at AT TIME ZONE 'Europe/Berlin' < now() + interval '1 day' AND (b.id, b.amount) < (50, 1e3) AND b.id BETWEEN SYMMETRIC 90 AND 1
    ORDER BY a.id, s DESC OFFSET 1 FETCH FIRST 50 ROWS ONLY;
CREATE VIEW grouped AS SELECT state, GROUPING(state, id % 2) AS g, count(*), string_agg(id::text, ',' ORDER BY id DESC), percentile_cont(0.5) WITHIN GROUP (ORDER BY amount)
    FROM t TABLESAMPLE SYSTEM (100) REPEATABLE (1) GROUP BY GROUPING SETS ((state), ROLLUP (state, id % 2), ()) HAVING count(*) > 1;
CREATE VIEW first AS SELECT 1 AS a;
CREATE VIEW second AS SELECT * FROM first;
CREATE OR REPLACE VIEW first AS SELECT 1 AS a, 'later'::text AS b;
ALTER VIEW simple ALTER state SET DEFAULT 'new';
ALTER VIEW second RENAME a TO renamed;
CREATE VIEW circular_1 AS SELECT 1 AS a;
CREATE VIEW circular_2 AS SELECT a FROM circular_1;
CREATE OR REPLACE VIEW circular_1 AS SELECT 1 AS a WHERE EXISTS (SELECT FROM circular_2) OR true;
DROP VIEW circular_1, circular_2 CASCADE;
CREATE VIEW by_key AS SELECT id, state, count(*) FROM t GROUP BY id;
CREATE TABLE becomes_view (a int);
CREATE TABLE log (what text, at timestamptz DEFAULT '2024-01-01 00:00+00');
CREATE RULE on_update AS ON UPDATE TO t WHERE new.state <> old.state DO ALSO (INSERT INTO log (what) VALUES ('COPY x FROM stdin;'); DELETE FROM log WHERE what = '');
CREATE RULE notifies AS ON UPDATE TO simple DO ALSO NOTIFY changed, 'it''s; \.';
CREATE RULE instead AS ON DELETE TO simple DO INSTEAD UPDATE t SET state = 'gone' WHERE id = old.id RETURNING id, state;
CREATE RULE "nothing; ""at all""" AS ON INSERT TO log WHERE new.what IS NULL DO INSTEAD NOTHING;
ALTER TABLE t DISABLE RULE on_update;
ALTER TABLE log ENABLE ALWAYS RULE "nothing; ""at all""";
CREATE MATERIALIZED VIEW populated AS SELECT state, count(*) AS n FROM t GROUP BY state;
CREATE UNIQUE INDEX ON populated (state);
CREATE MATERIALIZED VIEW unpopulated AS SELECT * FROM populated WITH NO DATA;
CREATE MATERIALIZED VIEW "on ""another""" WITH (fillfactor = 50) AS SELECT n + 1 AS n FROM populated;
CREATE INDEX ON "on ""another""" (n DESC);
CLUSTER populated USING populated_state_idx;
\if :from_14
CREATE VIEW searched AS WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 5) SEARCH DEPTH FIRST BY n SET o CYCLE n SET c USING p SELECT n FROM r;
\endif
\if :from_15
CREATE VIEW invoker WITH (security_invoker = true) AS SELECT * FROM t;
\endif
\if :from_16
CREATE VIEW jsons AS SELECT JSON_ARRAY(1, 2 ABSENT ON NULL) AS a, JSON_OBJECT('a': id) AS o, state IS JSON AS i FROM t;
\endif
\if :from_17
CREATE VIEW json_tables AS SELECT j.* FROM t, JSON_TABLE(body, '$' COLUMNS (n int PATH '$.n' DEFAULT 0 ON EMPTY)) j;
\endif
