"""Where time comes from, so that a test can hold it still."""

from __future__ import annotations

import datetime as dt
import time
from typing import Protocol


class Clock(Protocol):
    """Source of time."""

    def now(self) -> dt.datetime:
        """Return the time of day, in UTC, with its zone."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds that never go back, from an arbitrary start."""
        ...

    def sleep(self, duration_s: float) -> None:
        """Block the calling thread for `duration_s` seconds."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    def sleep(self, duration_s: float) -> None:
        time.sleep(duration_s)
