-- Many rows, many of them with nulls; values of 10 MB.
CREATE TABLE million (id int, a text, b numeric);
INSERT INTO million SELECT nullif(n % 10, 0) * n, CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'row ' || n END, CASE WHEN n % 2 = 0 THEN n / 8.0 END FROM generate_series(1, 1000000) n;
CREATE TABLE big (id int, t text, b bytea);
ALTER TABLE big ALTER t SET STORAGE EXTERNAL;
INSERT INTO big VALUES (1, repeat(E'\\.\n\t', 2500000), NULL), (2, NULL, decode(repeat('5c2e0a00ff', 1000000), 'hex')), (3, repeat('漢', 3000000), ''), (4, '', '\x00');
