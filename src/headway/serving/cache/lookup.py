"""One look-up as a request has it, to be measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.monitoring.metrics import CacheSeries
from headway.monitoring.slots import Board
from headway.serving.cache.entries import pack, unpack
from headway.serving.cache.memory import MemoryTier

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.core.batch import FeatureBatch
    from headway.core.clock import Clock
    from headway.core.dtypes import Method
    from headway.core.prediction import Prediction
    from headway.serving.cache.keys import RowKeys

_MAX_BYTES = 1024 * 1024


def lookup_of(
    keys: RowKeys, row: FeatureBatch, method: Method, answer: Prediction, clock: Clock
) -> Callable[[], object] | None:
    """Return what finds the answer of a row in this process, or `None` where it cannot be kept.

    Args:
        keys: Names the answers of the release.
        row: One row that it answers.
        method: What it is asked for.
        answer: Its answer.
        clock: Of the cache.
    """
    series = CacheSeries(Board.private().slot(0), {}, "local")
    tier = MemoryTier(_MAX_BYTES, ttl_s=3600.0, clock=clock)
    names, entries = keys.of(row.rows(), method), pack(answer)
    if names is None or entries is None or len(names) != len(entries):
        return None
    tier.put(zip(names, entries, strict=True), series)

    def look_up() -> object:
        asked = keys.of(row.rows(), method) or ()
        found = [entry for entry in tier.get(asked, series) if entry is not None]
        return unpack(found)

    return look_up
