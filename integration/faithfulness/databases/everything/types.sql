-- All built-in types with the values at their edges.
CREATE SCHEMA types;
SET search_path = types;
CREATE TABLE numbers (s smallint, i integer, b bigint, n numeric, n52 numeric(5, 2), r real, d double precision, m money);
INSERT INTO numbers VALUES
    (-32768, -2147483648, -9223372036854775808, 'NaN', -999.99, '-3.4028235e38', '-1.7976931348623157e308', '-92233720368547758.08'),
    (32767, 2147483647, 9223372036854775807, '1e-1000', 999.99, '1.4e-45', '5e-324', '92233720368547758.07'),
    (0, 0, 0, 0.00000, 0.00, '-0', '-0', '0'),
    (NULL, NULL, NULL, ('9' || repeat('0123456789', 500) || '.' || repeat('9876543210', 500))::numeric, NULL, 'NaN', 'NaN', NULL),
    (1, 1, 1, 1.10, 1.1, 'Infinity', '-Infinity', '1'),
    (1, 1, 1, 100000000000000000000::numeric, 0.1, 0.1, 0.1::float8 + 0.2::float8, '0.01');
\if :from_14
INSERT INTO numbers (n) VALUES ('Infinity'), ('-Infinity');
\endif
\if :from_15
CREATE TABLE scales (negative numeric(3, -3), small numeric(2, 5));
INSERT INTO scales VALUES (123456, 0.00012);
\endif
CREATE TABLE moments (d date, t time, t0 time(0), tz timetz, ts timestamp, ts3 timestamp(3), tstz timestamptz, i interval, im interval year to month);
INSERT INTO moments VALUES
    ('4713-01-01 BC', '00:00', '23:59:59.4', '00:00:00+15:59:59', '4713-01-01 00:00 BC', '0001-12-31 23:59:59.999 BC', '4714-11-24 00:00+00 BC', '-178000000 years', '-3 mons'),
    ('5874897-12-31', '24:00:00', '24:00', '24:00:00-15:59:59', '294276-12-31 23:59:59.999999', 'infinity', '294276-12-31 23:59:59.999999+00', '178000000 years -11 mons 30 days -23:59:59.999999', '1 year'),
    ('infinity', '12:34:56.789012', '12:34:56', '12:34:56.789012+02', 'infinity', '2024-02-29 12:34:56.789', 'infinity', '1 day -1 sec', NULL),
    ('-infinity', NULL, NULL, NULL, '-infinity', NULL, '-infinity', '0', '0'),
    ('0001-01-01 BC', NULL, NULL, NULL, '1582-10-10', NULL, '2024-10-27 02:30+02', '-0.000001 sec', NULL),
    (NULL, NULL, NULL, NULL, NULL, NULL, '1890-01-01 00:00 Europe/Berlin', '1 mon -1 day', NULL);
\if :from_17
INSERT INTO moments (i) VALUES ('infinity'), ('-infinity');
\endif
CREATE TABLE texts (t text, v varchar(5), c character(5), ch "char", n name);
INSERT INTO texts VALUES ('', '', '', '', ''), (NULL, NULL, NULL, NULL, NULL), ('NULL', 'NULL', 'NULL', 'N', 'NULL'),
    (E'\\N', E'\\N', E'\\N', E'\\', E'\\N'), (E'\\.', E'\\.', E'\\.', '.', E'\\.'), (E'a\\.', E'\n\\.\n', E'\\.\n', E'\n', E'\n'),
    (E'\t\n\r\b\f\v', E'\t\n\r\b\f', E'\t\n\r\b\f', E'\t', E'\t'), (E'\\t\\n', E'\\x41', E'\\101', '''', '"'),
    ('trailing  ', 'a    ', 'a    ', ' ', ' '), ('  leading', '    a', '    a', 'a', 'a'),
    (E'\\restrict abc', NULL, NULL, NULL, NULL), (E'\\unrestrict abc', NULL, NULL, NULL, NULL),
    ('-- PostgreSQL database dump complete', NULL, NULL, NULL, NULL), (E'\n--\n-- PostgreSQL database dump complete\n--\n\n', NULL, NULL, NULL, NULL),
    ('$$ $_$ '' " ; \', NULL, NULL, NULL, NULL), ('SELECT pg_catalog.setval(''a'', 1, true);', NULL, NULL, NULL, NULL),
    (E'\U0001F600 \u0301e\u200d\ufeff\u2028\ufffe\uffff\U0010FFFF', 'äöüßé', '漢字', '~', '漢字');
INSERT INTO texts (t) SELECT chr(n) FROM generate_series(1, 255) n;
INSERT INTO texts (t) SELECT 'a' || chr(n) || 'b' || chr(n) FROM generate_series(1, 33) n;
INSERT INTO texts (t) SELECT string_agg(chr(n), '') FROM generate_series(256, 65535) n WHERE n NOT BETWEEN 55296 AND 57343 GROUP BY n / 4096 ORDER BY n / 4096;
CREATE TABLE bytes (b bytea, bits bit(9), anybits bit varying, few bit varying(3));
INSERT INTO bytes VALUES ('', B'000000000', '', ''), (NULL, NULL, NULL, NULL),
    ((SELECT string_agg(decode(lpad(to_hex(n), 2, '0'), 'hex'), '' ORDER BY n) FROM generate_series(0, 255) n), B'101010101', repeat('10', 1000)::varbit, B'101'),
    ('\x5c2e0a', X'1F'::bit(9), X'DEADBEEF', B'1');
CREATE TABLE networks (i inet, c cidr, m macaddr, m8 macaddr8);
INSERT INTO networks VALUES ('0.0.0.0/0', '0.0.0.0/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00'), ('192.168.1.5/24', '192.168.1.0/24', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff'),
    ('::', '::/0', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05'), ('::ffff:1.2.3.4/128', '2001:db8::/32', NULL, NULL), ('fe80::1/64', '::ffff:1.2.3.0/120', NULL, NULL);
CREATE TABLE shapes (p point, l line, s lseg, b box, pa path, po polygon, c circle);
INSERT INTO shapes VALUES
    ('(NaN,-Infinity)', '{1,-1,0}', '[(0,0),(1e300,-1e-300)]', '(1,1),(0,0)', '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '<(0,0),0>'),
    ('(0.1,-0)', '{0,1,0.30000000000000004}', '[(1,1),(1,1)]', '(Infinity,Infinity),(-Infinity,-Infinity)', '((0,0),(1,1),(2,0))', '((0,0))', '<(1e-5,1e5),1e300>');
CREATE TABLE documents (j json, jb jsonb, jp jsonpath, u uuid);
INSERT INTO documents VALUES
    ('{"a" : 1, "a":2,   "\u0041": "\\u0000", "n": 1.10e+5 }', '{"a": 1, "b": {"": [null, true, 1.10, 1e400, "\u00fc\\\"\n\t\\."]}}', '$.a[*] ? (@.b > 1.5 && @.c like_regex "^x" flag "i")', '00000000-0000-0000-0000-000000000000'),
    ('null', 'null', 'strict $', 'ffffffff-ffff-ffff-ffff-ffffffffffff'), (' [ ] ', '[]', 'lax $.**{2 to 5}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
    (E'"\\u0000 \\n"', '"\\u0000"', '$."a b".size()', NULL), ('1e1000000', '-0', NULL, NULL);
CREATE TABLE searches (v tsvector, q tsquery);
INSERT INTO searches VALUES ($$'it''s':1A,2B 'a\\b':3C 'plain'$$, $$'it''s':A* & !( 'b' | 'c' ) <-> 'd' <3> 'e'$$), ('', ''), (to_tsvector('simple', 'The quick "brown" fox'), 'a & b');
CREATE TABLE arrays (i int[], d2 int[][], t text[], n numeric[], b bytea[], ts timestamptz[], j jsonb[], p point[], x box[]);
INSERT INTO arrays VALUES
    ('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'),
    ('[-5:-3]={1,NULL,3}', '[0:1][2:3]={{1,2},{3,NULL}}', ARRAY['', NULL, 'NULL', 'null', '"', '\', '{}', ',', ' a ', E'\n\t', E'\\.'], '{NaN,1.10,NULL}', ARRAY['\x'::bytea, '\x5c', NULL], '{infinity,"2024-02-29 00:00+00"}', ARRAY['{"a": "}\""}'::jsonb, NULL], ARRAY['(1,2)'::point], '{(1,1),(0,0);(2,2),(1,1)}'),
    ('{{{1}},{{2}}}', '{{1}}', '[2:2]={NULL}', '{}', '{NULL}', '{NULL}', '{NULL}', '{NULL}', NULL);
CREATE TABLE ranges (i4 int4range, i8 int8range, n numrange, d daterange, t tsrange, tz tstzrange, a int4range[]);
INSERT INTO ranges VALUES ('empty', '(,)', '[NaN,NaN]', '[-infinity,infinity]', '["2024-01-01 00:00",)', '(,"2024-02-29 12:00+05:30"]', '{empty,"[1,5)",NULL}'),
    ('[1,5]', '[9223372036854775806,9223372036854775807)', '(0.1,0.10)', '(,)', '[-infinity,infinity)', '[,infinity]', '{}'),
    ('[,5)', NULL, '[1,1]', '[2024-02-28,2024-02-29]', 'empty', 'empty', NULL);
CREATE TYPE texts_from_to AS RANGE (subtype = text, collation = "C");
CREATE TYPE floats AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TABLE own_ranges (t texts_from_to, f floats);
INSERT INTO own_ranges VALUES ('["a,""b","c\\]")', '[-Infinity,NaN]'), ('(,)', 'empty'), ('["",""]', NULL);
\if :from_14
CREATE TYPE own_range AS RANGE (subtype = text, multirange_type_name = own_multirange);
CREATE TABLE multiranges (i int4multirange, n nummultirange, d datemultirange, t tstzmultirange, own own_multirange);
INSERT INTO multiranges VALUES ('{}', '{[1,2),(3.5,)}', '{[2024-02-28,2024-03-01)}', '{[-infinity,2024-01-01)}', '{[a,b),["c,","d\"")}'), ('{(,)}', '{empty}', NULL, NULL, NULL);
\endif
CREATE TABLE others (tid tid, x xid, l pg_lsn, o oid, c regclass, ty regtype, ro regrole, ns regnamespace, oc regcollation, snap txid_snapshot, x8 xid8, s pg_snapshot, ov oidvector, iv int2vector, cfg regconfig, dict regdictionary, op regoperator, pr regprocedure);
INSERT INTO others VALUES ('(4294967295,65535)', '4294967295', 'FFFFFFFF/FFFFFFFF', 4294967295, 'pg_class', 'int[]', 'postgres', 'pg_catalog', '"C"', '10:20:10,14,15', '18446744073709551615', '10:20:10,14,15', '1 2 3', '1 -2', 'english', 'simple', '+(integer,integer)', 'abs(integer)');
\if :has_xml
CREATE TABLE markup (x xml);
INSERT INTO markup VALUES ('<a b="c">&lt;&#10;<!-- \. --><![CDATA[\N]]></a>'), ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?><ä/>'), ('text only'), (''), (NULL);
\endif
