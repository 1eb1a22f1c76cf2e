-- Large objects: empty, of every byte, of more than one page, with owners, comments and grants.
SELECT lo_from_bytea(31, ''), lo_from_bytea(4, '\x00'), lo_from_bytea(4294967295, '\x5c2e0a'),
    lo_from_bytea(203, decode(repeat('5c2e0a27ff00', 100000), 'hex')),
    lo_from_bytea(204, (SELECT string_agg(decode(lpad(to_hex(n), 2, '0'), 'hex'), '' ORDER BY n) FROM generate_series(0, 255) n));
SELECT lo_create(50);
SELECT lo_put(50, 100000, '\xdeadbeef');
ALTER LARGE OBJECT 4 OWNER TO reader;
ALTER LARGE OBJECT 203 OWNER TO "Über ""Admin""'s; \";
COMMENT ON LARGE OBJECT 4 IS E'it''s;\nSELECT pg_catalog.lo_open(''1'', 131072);\n\\.\n';
GRANT SELECT ON LARGE OBJECT 31 TO PUBLIC;
GRANT ALL ON LARGE OBJECT 203 TO writer WITH GRANT OPTION;
REVOKE ALL ON LARGE OBJECT 204 FROM postgres;
