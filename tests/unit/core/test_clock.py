from __future__ import annotations

import datetime as dt

from headway.core.clock import Clock, SystemClock


def test_the_time_of_day_is_in_utc_with_its_zone() -> None:
    before = dt.datetime.now(dt.UTC)
    now = SystemClock().now()
    assert now.utcoffset() == dt.timedelta(0)
    assert before <= now <= dt.datetime.now(dt.UTC)


def test_monotonic_time_passes_while_sleeping() -> None:
    clock: Clock = SystemClock()
    start_s = clock.monotonic_s()
    clock.sleep(0.01)
    # a timer may tick coarser than it sleeps
    assert clock.monotonic_s() - start_s >= 0.009
