-- What is sorted by the database's own locale.
CREATE TABLE words (word text PRIMARY KEY, other text COLLATE "C");
INSERT INTO words VALUES ('Ärger', 'a'), ('Azur', 'b'), ('azur', 'c'), ('Vogel', 'd'), ('Wagen', 'e'), ('ß', 'f');
CREATE INDEX ON words (lower(word), other DESC);
CREATE TABLE parts (word text) PARTITION BY RANGE (word);
CREATE TABLE first_part PARTITION OF parts FOR VALUES FROM (MINVALUE) TO ('m');
CREATE TABLE last_part PARTITION OF parts FOR VALUES FROM ('m') TO (MAXVALUE);
INSERT INTO parts SELECT word FROM words;
