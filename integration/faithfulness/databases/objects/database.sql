-- 30,000 large objects: more than the server's table of locks holds in one transaction.
CREATE ROLE collector;
CREATE DATABASE objects TEMPLATE template0 ENCODING 'UTF8';
