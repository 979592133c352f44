"""When requests are due: fixed before the first one is sent, so that no reply decides when the next goes.

Source: G. Tene, "How NOT to Measure Latency", 2013: a client that waits for a reply before it sends the
next request leaves out what a stall would have done to the others ("coordinated omission").
"""

from __future__ import annotations

import random
from array import array
from typing import Literal

Arrivals = Literal["poisson", "constant"]
KINDS: tuple[Arrivals, ...] = ("poisson", "constant")


def due_times_s(rate_per_s: float, duration_s: float, kind: Arrivals, seed: int) -> array[float]:
    """Return the seconds after the start at which requests are due, ascending and below `duration_s`.

    Args:
        rate_per_s: Mean rate, > 0.
        duration_s: Length of the run.
        kind: `poisson` for independent users (exponential gaps), `constant` for equal gaps.
        seed: The same one gives the same times.

    Examples:
        >>> due_times_s(4, 1, "constant", 0).tolist()
        [0.0, 0.25, 0.5, 0.75]
    """
    if kind == "constant":
        times = array("d", (i / rate_per_s for i in range(int(rate_per_s * duration_s) + 1)))
        return times[:-1] if times[-1] >= duration_s else times
    random_of_run = random.Random(seed)  # noqa: S311 (arrivals are no secret)
    gap_s = random_of_run.expovariate
    times, now_s = array("d"), gap_s(rate_per_s)
    while now_s < duration_s:
        times.append(now_s)
        now_s += gap_s(rate_per_s)
    return times
