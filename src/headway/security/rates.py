"""How often a key may ask, counted by all workers together in shared memory, without a lock and without I/O.

Invariant: a key never asks more than its rate and one second's worth of it at once, but for the few
requests that `RateLimiter` names.
"""

from __future__ import annotations

import time
from array import array
from typing import TYPE_CHECKING, Protocol

from headway.errors import RateLimitedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.security.keys import ApiKey

N_CELLS = 4096
# below any period that could be measured, and above what sums of times are wrong by
_ROUNDING_S = 1e-7


class Cells(Protocol):
    """A fixed number of floats, for example an `array`, or a `memoryview` of what processes share."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> float: ...

    def __setitem__(self, index: int, value: float, /) -> None: ...


def private_cells() -> Cells:
    """Return cells of this process only."""
    return array("d", bytes(8 * N_CELLS))


class RateLimiter:
    """Holds keys to their rates, by the generic cell rate algorithm.

    The cell of a key holds the time at which its next request would come if it came at its rate, no
    sooner. A request is admitted where that time is less than a burst ahead, and moves it on. So one
    float for each key is all that is kept, and nothing is ever cleaned up.

    Between reading a cell and writing it, another worker may do the same: both requests are admitted,
    and one is counted. The two are less than a microsecond apart, so that this is rare, and admits at
    most one request more for each further worker. A worker that is suspended just there, and goes on
    later, sets the cell back by what was admitted meanwhile: at most one burst.

    Each key that has a rate needs a cell of its own. Where there are more of them than cells, those that
    share one are counted together, and a slow one among them is counted too little.

    Args:
        cells: Floats that all workers of the server share.
        monotonic_s: Seconds that never go back. On Linux `time.monotonic` is the same clock in all
            processes (CLOCK_MONOTONIC, clock_gettime(2)).

    Source: ITU-T I.371 (2004), Annex A, the virtual scheduling algorithm.
    """

    def __init__(self, cells: Cells, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._cells = cells
        self._monotonic_s = monotonic_s

    def admit(self, key: ApiKey) -> None:
        """Count one request of a key that has a rate.

        Raises:
            RateLimitedError: The key has asked too often.
        """
        now_s = self._monotonic_s()
        period_s = 1 / key.rate_per_s
        # one second's worth, less the request that is always admitted
        ahead_s = max(1.0 - period_s, 0.0)
        place = key.cell % len(self._cells)
        due_s = max(self._cells[place], now_s)
        if due_s > now_s + ahead_s + period_s + _ROUNDING_S:
            # no key of this rate has set it so far ahead: another one had this cell before
            due_s = now_s
        wait_s = due_s - now_s - ahead_s
        if wait_s > _ROUNDING_S:
            raise RateLimitedError(
                f"`{key.name}` may ask {key.rate_per_s:g} times a second, and has asked more often",
                retry_after_s=wait_s,
                hint="send several rows in one request, or have the rate of the key raised",
            )
        self._cells[place] = due_s + period_s
