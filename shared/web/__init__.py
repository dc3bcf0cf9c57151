"""HTTP for every service: typed routes, problem details, sign-in, idempotency, paging, health, OpenAPI.

A service's `api.py` needs `routes` (Routes), `call` (Call, Reply, Download, Upload), `paging` (Page, PageQuery)
and `auth` (the role sets).
"""
