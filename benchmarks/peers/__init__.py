"""What the suite is measured against, and the code that drives it.

`plain_delay`, `plain_models`, `tables` and `faststream_relay` run under the Python of the peers' environment, `raw` in a process of its
own; the others start them, fill their tables and time them.
"""
