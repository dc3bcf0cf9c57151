"""Sending what was decided, outside any transaction."""
