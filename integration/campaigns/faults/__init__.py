"""The fault matrix: whatever happens to one request of an upload, it ends in identical content or in a clean error.

`python -m integration.campaigns.faults` runs all of it, `--case NAME` one case of it, `--naive` the positive control.
"""
