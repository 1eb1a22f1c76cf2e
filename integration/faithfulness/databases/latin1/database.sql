-- Another encoding, and what a dump has in it: names, comments, rows of every byte that is a character.
SET client_encoding = 'UTF8';
CREATE ROLE "keeper of latin";
CREATE DATABASE "latin1" OWNER "keeper of latin" TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
