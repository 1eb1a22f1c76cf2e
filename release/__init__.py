"""How a release is built and checked; nothing of it is in the package itself."""
