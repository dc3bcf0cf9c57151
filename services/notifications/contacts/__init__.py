"""Contacts as the customers service tells of them, and who signs for us."""
