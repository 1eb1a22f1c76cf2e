"""Databases that have what PostgreSQL has: backed up, restored, dumped again, compared."""
