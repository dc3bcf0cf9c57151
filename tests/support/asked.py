"""What a run of the tests was asked for: `./gendan test faults --all` sets GENDAN_FAULTS, and everybody else leaves it alone."""

import os

WHOLE = os.environ.get("GENDAN_FAULTS") == "all"
"""Also what takes too long for every change."""
