-- Some with another owner, some with grants or comments; and rows beside them.
SELECT count(lo_from_bytea(100000 + n, decode(md5(n::text), 'hex'))) FROM generate_series(1, 30000) n;
BEGIN;
SELECT count(lo_put(100001, n * 1000000, '\x5c2e0a')) FROM generate_series(0, 3) n;
COMMIT;
SELECT format('ALTER LARGE OBJECT %s OWNER TO collector', 100000 + n) FROM generate_series(1, 3000, 3) n \gexec
SELECT format('GRANT SELECT ON LARGE OBJECT %s TO collector', 100000 + n) FROM generate_series(2, 3000, 3) n \gexec
SELECT format('COMMENT ON LARGE OBJECT %s IS %L', 100000 + n, 'it''s number ' || n) FROM generate_series(1, 300) n \gexec
CREATE TABLE pictures (id int PRIMARY KEY, object oid, note text);
INSERT INTO pictures SELECT n, 100000 + n, md5(n::text) FROM generate_series(1, 30000) n;
CREATE INDEX ON pictures (object);
CREATE TABLE afterwards (id int, note text);
INSERT INTO afterwards SELECT n, repeat('x', n % 3000) FROM generate_series(1, 3000) n;
