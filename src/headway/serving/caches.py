"""The caches of one worker: which releases have one, and what they share.

Invariant: the versions of a model share one store in the process, so that a rollback finds its answers
again; it is let go with the last of them.
"""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING

from headway.serving.cache.cached import CachedPredict, LocalAnswers, SharedAnswers, find_local
from headway.serving.cache.decision import decide
from headway.serving.cache.keys import RowKeys
from headway.serving.cache.memory import MemoryTier

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.core.clock import Clock
    from headway.monitoring.metrics import RequestMetrics
    from headway.serving.cache.cached import Predict
    from headway.serving.cache.decision import Caching
    from headway.serving.cache.loader import Shared
    from headway.serving.execution import Measured
    from headway.serving.executor import Find
    from headway.serving.plan import CachePolicy
    from headway.serving.release import LoadedRelease


class AnswerCaches:
    """Makes the caches of releases. Loads follow each other, in any thread.

    Args:
        metrics: Count what is found.
        clock: Tells how old answers are.
        redis: Where servers share answers, and what measures a look-up there; `None` for nowhere.
    """

    def __init__(self, metrics: RequestMetrics, clock: Clock, redis: Shared | None = None) -> None:
        self._metrics = metrics
        self._clock = clock
        self._shared = redis
        self._tiers: weakref.WeakValueDictionary[str, MemoryTier] = weakref.WeakValueDictionary()

    def decide(self, policy: CachePolicy, measured: Measured | None) -> Caching:
        """Return whether answers of a release are kept; measures Redis where that matters."""
        return decide(policy, measured, self._shared and self._shared[1])

    def of(
        self, release: LoadedRelease, policy: CachePolicy
    ) -> tuple[Callable[[Predict], Predict], Find]:
        """Return what puts a cache around what asks a release, and what finds an answer that is at hand.

        Args:
            release: What answers, with what was decided about its cache.
            policy: What the settings say.
        """
        tier = self._tiers.get(release.name)
        if tier is None:
            tier = MemoryTier(policy.max_bytes, policy.ttl_s, self._clock)
            self._tiers[release.name] = tier
        tier.limit(policy.max_bytes, policy.ttl_s)
        series = self._metrics.series(release.name, release.version)
        local = LocalAnswers(tier, series.cache("local"))
        shared = None
        if self._shared is not None and release.caching.is_shared:
            shared = SharedAnswers(self._shared[0], policy.ttl_s, series.cache("redis"))
        keys = RowKeys(release.digest, release.contract.output)
        max_rows = release.caching.max_rows

        def around(predict: Predict) -> Predict:
            return CachedPredict(predict, release.check, keys, local, shared, max_rows)

        return around, functools.partial(find_local, keys, local, max_rows)
