"""Whether the answers of a release are kept, decided by what was measured when it was loaded.

A model that answers a row in less time than it takes to look the answer up gains nothing by a cache, and
what is not found was looked for in vain: a request for it is read twice, and leaves the short way of what
is answered at once. A cache is on where it pays if every second row was asked before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.serving.execution import Measured
    from headway.serving.plan import CachePolicy

WORTH_IT = 2.0
# what a request costs more whose answer is not found, measured with `benchmarks/cache.py`
MISS_S = 0.15e-3
# requests for more rows pass by: a model answers many rows for little more than one
MAX_ROWS = 64
# of a Redis on another machine; what is down while a model is loaded may be up a second later
USUAL_REDIS_S = 0.5e-3


class Caching(msgspec.Struct, frozen=True):
    """Whether answers are kept, and why so.

    Attributes:
        mode: What the settings say: `auto`, `on` or `off`.
        is_on: Whether answers are kept in the worker.
        reason: Why, with what was measured.
        is_shared: Whether they are kept in Redis as well.
        max_rows: Most rows of a request whose answers are looked up.
    """

    mode: str
    is_on: bool
    reason: str
    is_shared: bool = False
    max_rows: int = MAX_ROWS


OFF = Caching("off", is_on=False, reason="the settings say so")


def decide(
    policy: CachePolicy,
    measured: Measured | None,
    measure_redis_s: Callable[[], float | None] | None = None,
) -> Caching:
    """Return whether the answers of a release are kept.

    Args:
        policy: What the settings say.
        measured: What was measured of the release; `None` where nothing could be.
        measure_redis_s: Measures a look-up in Redis, `None` where it does not answer; by default there is
            no Redis.
    """
    if policy.mode == "off":
        return OFF
    if measured is None:
        reason = "no known row is answered, so that nothing could be measured"
        return Caching(policy.mode, is_on=policy.mode == "on", reason=reason, max_rows=1)
    # where rows of one request change each other's answers, only a row alone has one
    max_rows = 1 if measured.differs else MAX_ROWS
    row_s = measured.row_s
    is_worth_it = row_s >= WORTH_IT * measured.lookup_s + MISS_S
    figures = (
        f"the model takes {_shown(row_s)} for a row, a look-up {_shown(measured.lookup_s)} and one in vain "
        f"{_shown(MISS_S)} more"
    )
    is_on = is_worth_it or policy.mode == "on"
    is_shared, of_redis = False, ""
    if is_on and measure_redis_s is not None:
        is_shared, of_redis = _is_shared(row_s, measure_redis_s())
    verdict = "" if is_worth_it else ", which saves too little"
    return Caching(policy.mode, is_on, f"{figures}{verdict}{of_redis}", is_shared, max_rows)


def _is_shared(row_s: float, redis_s: float | None) -> tuple[bool, str]:
    if redis_s is None:
        redis_s = USUAL_REDIS_S
        figure = f"; Redis did not answer, and is taken to need {_shown(redis_s)}"
    else:
        figure = f"; one in Redis takes {_shown(redis_s)}"
    if row_s < WORTH_IT * redis_s:
        return False, f"{figure}, which saves too little"
    return True, figure


def _shown(duration_s: float) -> str:
    return f"{duration_s * 1e3:.3g} ms"
