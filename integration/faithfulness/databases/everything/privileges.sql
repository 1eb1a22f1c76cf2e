-- Privileges of every kind and by whom they were granted, default privileges, row security.
CREATE SCHEMA privileges AUTHORIZATION "the owner";
GRANT USAGE, CREATE ON SCHEMA privileges TO writer WITH GRANT OPTION;
GRANT USAGE ON SCHEMA privileges TO PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO reader;
ALTER SCHEMA public OWNER TO "the owner";
SET search_path = privileges;
CREATE TABLE t (a int, b text, "c d" int);
CREATE TABLE to_nobody (a int);
CREATE TABLE to_itself (a int);
CREATE VIEW v AS SELECT * FROM t;
CREATE SEQUENCE s;
CREATE FUNCTION f(int, text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p() LANGUAGE sql AS '';
CREATE TYPE ty AS ENUM ('a');
CREATE DOMAIN d AS int;
ALTER TABLE t OWNER TO "the owner"; ALTER VIEW v OWNER TO writer; ALTER FUNCTION f(int, text[]) OWNER TO "Über ""Admin""'s; \"; ALTER TYPE ty OWNER TO "select"; ALTER SEQUENCE s OWNER TO reader;
GRANT SELECT, INSERT ON t TO writer WITH GRANT OPTION;
SET ROLE writer;
GRANT SELECT ON t TO reader, PUBLIC;
GRANT INSERT ON t TO "select" WITH GRANT OPTION;
SET ROLE "select";
GRANT INSERT ON t TO "Über ""Admin""'s; \";
RESET ROLE;
GRANT SELECT (a), UPDATE (a, "c d"), REFERENCES ("c d") ON t TO reader;
GRANT UPDATE (b) ON t TO "Über ""Admin""'s; \" WITH GRANT OPTION;
GRANT ALL ON t TO "Über ""Admin""'s; \";
REVOKE UPDATE ON t FROM "the owner";
REVOKE ALL ON to_nobody FROM postgres;
GRANT SELECT ON to_itself TO postgres;
GRANT USAGE ON SEQUENCE s TO writer;
GRANT ALL ON v TO PUBLIC;
REVOKE ALL ON FUNCTION f(int, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION f(int, text[]) TO reader WITH GRANT OPTION;
REVOKE EXECUTE ON PROCEDURE p() FROM PUBLIC;
REVOKE USAGE ON TYPE ty FROM PUBLIC;
GRANT USAGE ON DOMAIN d TO reader;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO "the owner";
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_backend_pid() FROM PUBLIC;
GRANT SELECT (rolname) ON pg_catalog.pg_authid TO reader;
GRANT SELECT ON pg_catalog.pg_statistic TO writer;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE "the owner" IN SCHEMA privileges GRANT ALL ON SEQUENCES TO writer WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE "Über ""Admin""'s; \" REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE writer GRANT USAGE ON SCHEMAS TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE writer REVOKE USAGE ON TYPES FROM PUBLIC;
\if :from_18
ALTER DEFAULT PRIVILEGES FOR ROLE writer GRANT SELECT ON LARGE OBJECTS TO reader;
\endif
\if :from_15
GRANT SET, ALTER SYSTEM ON PARAMETER work_mem TO writer WITH GRANT OPTION;
SET ROLE writer;
GRANT SET ON PARAMETER work_mem TO reader;
RESET ROLE;
\endif
\if :from_17
GRANT MAINTAIN ON t TO reader;
\endif

CREATE TABLE secured (id int, owner name, v text);
INSERT INTO secured VALUES (1, 'reader', 'r'), (2, 'writer', 'w'), (3, NULL, 'nobody''s');
ALTER TABLE secured OWNER TO "the owner";
ALTER TABLE secured ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY everybody ON secured FOR SELECT USING (owner = current_user);
CREATE POLICY "some ""of them""; \" ON secured AS RESTRICTIVE FOR UPDATE TO reader, writer USING (id > 0 AND v IN ('r', 'w')) WITH CHECK (v <> 'it''s \.');
CREATE POLICY all_of_it ON secured TO "the owner" WITH CHECK (true);
CREATE TABLE with_policy_only (a int);
CREATE POLICY unused ON with_policy_only USING (EXISTS (SELECT FROM privileges.secured s WHERE s.id = a));
