"""What load is made, and how long."""

from __future__ import annotations

import dataclasses
import math

from headway.errors import ConfigError
from headway.testing.load.arrivals import KINDS, Arrivals
from headway.testing.load.mix import ONE_ROW, Mix
from headway.testing.load.wire import MAX_REQUESTS


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """What load is made.

    Attributes:
        rate_per_s: Requests a second.
        duration_s: How long, without the warm-up; for two versions, each.
        warm_up_s: Length of the load before, which is not counted.
        step_s: Least length of each step of a search.
        arrivals: How requests are spread over time.
        seed: Of arrivals and sizes.
        mix: How many rows the requests have.
        timeout_s: How long after it was due a request is given up.
        max_connections: Most connections to one server.

    Raises:
        ConfigError: A value is not possible.
    """

    rate_per_s: float
    duration_s: float
    warm_up_s: float = 2.0
    step_s: float = 4.0
    arrivals: Arrivals = "poisson"
    seed: int = 1
    mix: Mix = dataclasses.field(default_factory=lambda: ONE_ROW)
    timeout_s: float = 10.0
    max_connections: int = 1024

    def __post_init__(self) -> None:
        names = ("rate_per_s", "duration_s", "step_s", "timeout_s", "max_connections")
        wrong = [name for name in names if not 0 < getattr(self, name) < math.inf]
        if wrong or not 0 <= self.warm_up_s < math.inf:
            raise ConfigError(
                f"`{(wrong or ['warm_up_s'])[0]}` must be above 0, and finite",
                hint="only the warm-up may be 0",
            )
        if self.arrivals not in KINDS:
            raise ConfigError(
                f"`{self.arrivals}` is no way to arrive", hint=f"known: {', '.join(KINDS)}"
            )
        if (n := self.rate_per_s * (self.duration_s + self.warm_up_s)) > MAX_REQUESTS:
            raise ConfigError(
                f"{n:,.0f} requests in one run; at most {MAX_REQUESTS:,}",
                hint="lower the rate, or measure for a shorter time",
            )
