"""A clock that stands still until a test moves it."""

from __future__ import annotations

import datetime as dt


class ManualClock:
    """A clock that shows what it is told."""

    def __init__(self) -> None:
        self.at_s = 1000.0

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.at_s, dt.UTC)

    def monotonic_s(self) -> float:
        return self.at_s

    def sleep(self, duration_s: float) -> None:
        self.at_s += duration_s
