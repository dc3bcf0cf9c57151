"""Customers and their owners."""
