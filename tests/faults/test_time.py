"""The quick set is quick: every run of all tests does it. Last in its folder, so that it sees how long the others took."""

import time
from collections.abc import Callable

import pytest

from tests.faults.conftest import Common
from tests.support.asked import WHOLE

MOST = 240.0


@pytest.mark.skipif(WHOLE, reason="the whole set takes its time")
async def test_the_quick_set_takes_four_minutes_at_most(common: Common, record_property: Callable[[str, object], None]) -> None:
    took = time.monotonic() - common.began
    record_property("said", f"the quick set of faults took {took:.0f} s of {MOST:.0f} s")
    assert took <= MOST
