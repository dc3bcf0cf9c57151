"""Databases and roles, made the same way in the embedded run, in tests and in production."""
