-- All of ISO 8859-1.
SET client_encoding = 'UTF8';
CREATE SCHEMA "Größe";
CREATE TABLE "Größe"."Maß" ("Länge" text, "ÿ" int DEFAULT 1);
INSERT INTO "Größe"."Maß" SELECT chr(n), n FROM generate_series(1, 255) n;
INSERT INTO "Größe"."Maß" VALUES ('ÄÖÜäöüß£¥', 0), (E'\\.', 1);
COMMENT ON TABLE "Größe"."Maß" IS 'größer, länger';
CREATE VIEW "Größe"."Übersicht" AS SELECT * FROM "Größe"."Maß" WHERE "Länge" IN ('ä', 'ö');
ALTER DATABASE "latin1" SET "my.größe" = 'ü';
COMMENT ON DATABASE "latin1" IS 'größer';
DROP SCHEMA public;
