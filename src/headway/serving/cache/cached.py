"""Asks for answers that were given before, and the model for the others.

Rows are looked up in this process, then in Redis where it is used. What is in neither is asked of the
model in one call, and identical rows that are asked for at the same time share it.

Invariants: an answer is that of the very row, method and release that it is returned for; nobody gets
another one's error, and no error is kept.
"""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

from headway.serving.cache.decision import MAX_ROWS
from headway.serving.cache.entries import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from headway.core.batch import FeatureBatch
    from headway.core.dtypes import Method
    from headway.core.prediction import Prediction
    from headway.monitoring.metrics import CacheSeries
    from headway.serving.cache.keys import RowKeys
    from headway.serving.cache.memory import MemoryTier
    from headway.serving.cache.redis import RedisTier

    Predict = Callable[[FeatureBatch, Method], Awaitable[Prediction]]
    # by key: what was found, or `None` where there is an answer, but none that can be kept
    _Known = dict[bytes, bytes | None]


@dataclasses.dataclass(frozen=True, slots=True)
class LocalAnswers:
    """The answers of one version that this process keeps.

    Attributes:
        tier: Those of all versions of the model.
        series: Counts.
    """

    tier: MemoryTier
    series: CacheSeries


@dataclasses.dataclass(frozen=True, slots=True)
class SharedAnswers:
    """The answers of one version that servers share.

    Attributes:
        tier: Those of all models.
        ttl_s: How long one is kept.
        series: Counts.
    """

    tier: RedisTier
    ttl_s: float
    series: CacheSeries


def find_local(
    keys: RowKeys, local: LocalAnswers, max_rows: int, batch: FeatureBatch, method: Method
) -> Prediction | None:
    """Return the answers of rows where all of them are in this process, and count them then.

    Args:
        keys: Names the answers of the release.
        local: Answers kept in this process.
        max_rows: Larger requests pass by.
        batch: The rows.
        method: What is asked for.
    """
    if not 0 < batch.n_rows <= max_rows:
        return None
    names = keys.of(batch.rows(), method)
    found = None if names is None else local.tier.find(names)
    if found is None:
        return None
    local.series.hits.add(len(found))
    return unpack(found)


class CachedPredict:
    """What is asked instead of the model. Use it from one event loop.

    Args:
        predict: Asks the model.
        check: Raises where what it answers breaks the output contract, and is not kept.
        keys: Names the answers of the release.
        local: Answers kept in this process.
        shared: Answers that servers share, where they are.
        max_rows: Larger requests pass by.
    """

    def __init__(
        self,
        predict: Predict,
        check: Callable[[Prediction], object],
        keys: RowKeys,
        local: LocalAnswers,
        shared: SharedAnswers | None = None,
        max_rows: int = MAX_ROWS,
    ) -> None:
        self._predict = predict
        self._check = check
        self._keys = keys
        self._tier, self._series = local.tier, local.series
        self._shared = shared
        self._max_rows = max_rows
        # what is being asked for; the result is the entry, or `None` where everybody asks for himself
        self._flights: dict[bytes, asyncio.Future[bytes | None]] = {}

    async def __call__(self, batch: FeatureBatch, method: Method) -> Prediction:
        """Answer every row of `batch`.

        Raises:
            As the model does for these rows.
        """
        if not 0 < batch.n_rows <= self._max_rows:
            return await self._predict(batch, method)
        keys = self._keys.of(batch.rows(), method)
        if keys is None:
            return await self._predict(batch, method)
        found = self._tier.get(keys, self._series)
        entries = [entry for entry in found if entry is not None]
        if len(entries) == len(keys):
            return unpack(entries)
        known: _Known = {key: entry for key, entry in zip(keys, found, strict=True) if entry}
        return await self._find(batch, method, keys, known)

    async def _find(
        self, batch: FeatureBatch, method: Method, keys: Sequence[bytes], known: _Known
    ) -> Prediction:
        """Answer rows of which some are not in this process."""
        places = {key: i for i, key in enumerate(keys)}
        while missing := [key for key in places if key not in known]:
            flights = {key: self._flights[key] for key in missing if key in self._flights}
            own = [key for key in missing if key not in flights]
            if own:
                is_all = len(own) == len(keys)
                rows = batch if is_all else batch.take([places[key] for key in own])
                prediction = await self._lead(own, rows, method, known)
                if is_all and prediction is not None:
                    return prediction
            if flights:
                await self._follow(flights, known)
        entries = [entry for entry in map(known.get, keys) if entry is not None]
        if len(entries) < len(keys):
            return await self._predict(batch, method)
        return unpack(entries)

    async def _follow(
        self, flights: Mapping[bytes, asyncio.Future[bytes | None]], known: _Known
    ) -> None:
        """Wait for what others have asked for; where they gave up, it stays unknown."""
        self._series.coalesced.add(len(flights))
        # not awaited as they are: who is cancelled would cancel them for all
        await asyncio.wait(flights.values())
        known.update({key: f.result() for key, f in flights.items() if not f.cancelled()})

    async def _lead(
        self, keys: Sequence[bytes], rows: FeatureBatch, method: Method, known: _Known
    ) -> Prediction | None:
        """Ask for rows while others may wait for them; return what `_ask` does."""
        loop = asyncio.get_running_loop()
        self._flights |= {key: loop.create_future() for key in keys}
        try:
            return await self._ask(keys, rows, method, known)
        except asyncio.CancelledError:
            for key in keys:
                if key not in known:
                    self._flights[key].cancel()
            raise
        finally:
            for key in keys:
                flight = self._flights.pop(key)
                if not flight.cancelled():
                    flight.set_result(known.get(key))

    async def _ask(
        self, keys: Sequence[bytes], rows: FeatureBatch, method: Method, known: _Known
    ) -> Prediction | None:
        """Learn what is answered to rows, and keep it.

        Returns:
            The answers, where all of them came from the model.
        """
        if self._shared is not None:
            await self._read_shared(self._shared, keys, known)
        places = [i for i, key in enumerate(keys) if key not in known]
        if not places:
            return None
        asked = rows if len(places) == len(keys) else rows.take(places)
        prediction = await self._predict(asked, method)
        self._check(prediction)
        self._keep([keys[i] for i in places], prediction, known)
        return prediction if asked is rows else None

    async def _read_shared(
        self, shared: SharedAnswers, keys: Sequence[bytes], known: _Known
    ) -> None:
        found = await shared.tier.get(keys, shared.series)
        read = [(k, entry) for k, entry in zip(keys, found, strict=True) if entry is not None]
        if read:
            known.update(read)
            self._tier.put(read, self._series)

    def _keep(self, keys: Sequence[bytes], prediction: Prediction, known: _Known) -> None:
        entries = pack(prediction)
        if entries is None:
            known.update(dict.fromkeys(keys))
            return
        kept = [*zip(keys, entries, strict=True)]
        known.update(kept)
        self._tier.put(kept, self._series)
        if self._shared is not None:
            self._shared.tier.put(kept, self._shared.ttl_s, self._shared.series)
