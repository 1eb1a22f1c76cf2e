"""Time, memory and disk of the pipeline, measured beside pg_dump to /dev/null: printed, never asserted."""
