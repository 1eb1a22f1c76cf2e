"""Servers that need no setting up: PostgreSQL from a wheel, WebDAV in a thread. The extra `demo` has them."""
