CREATE FUNCTION later() RETURNS text LANGUAGE sql AS $$SELECT 'later'::text$$;
