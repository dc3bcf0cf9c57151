"""Importing tables that people send: reading CSV and XLSX, mapping columns, converting cells, jobs with progress and a row report.

Any service may import: it gives its fields and a writer for batches; the tables live in its own database (`tables.sql`).
"""
