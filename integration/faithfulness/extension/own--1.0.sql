-- The rows that a person adds to `choices` are dumped, the extension's own one is not; so is where `numbers` stands.
CREATE TABLE choices (id int PRIMARY KEY, value text, own boolean DEFAULT true);
INSERT INTO choices VALUES (1, 'of the extension', false);
SELECT pg_catalog.pg_extension_config_dump('choices', 'WHERE own');
CREATE SEQUENCE numbers;
SELECT pg_catalog.pg_extension_config_dump('numbers', '');
CREATE FUNCTION own_function() RETURNS text LANGUAGE sql AS $$SELECT 'own'::text$$;
