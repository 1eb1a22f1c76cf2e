"""A restore that replaces a database is killed at every statement it sends: old or whole new, whoever connects sees.

`python -m integration.campaigns.kills.sweep` runs all of it; CI runs what integration/test_kills.py says.
"""
