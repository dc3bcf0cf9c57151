"""Approvals: rules that say who must agree to what, and requests that wait for it.

Any service may ask: it gives the kinds of its commands that rules may hold back; the tables live in its own database (`tables.sql`).
"""
