"""Both tiers that keep answers x what each has to do alike."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pytest

from headway.core.clock import SystemClock
from headway.core.prediction import Prediction
from headway.monitoring.metrics import CacheSeries
from headway.monitoring.slots import Board
from headway.serving.cache.entries import pack
from headway.serving.cache.memory import MemoryTier
from headway.serving.cache.redis import RedisTier
from valkey_server import Valkey

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

LONG_S = 60.0


class Tier(Protocol):
    """One tier, as its test asks it."""

    series: CacheSeries

    async def get(self, *keys: bytes) -> list[bytes | None]: ...

    async def put(self, *entries: tuple[bytes, bytes], ttl_s: float = LONG_S) -> None: ...

    async def close(self) -> None: ...


class Local:
    """The tier in this process."""

    def __init__(self) -> None:
        self.series = new_series()
        self.tier = MemoryTier(10**6, LONG_S, SystemClock())

    async def get(self, *keys: bytes) -> list[bytes | None]:
        return self.tier.get(keys, self.series)

    async def put(self, *entries: tuple[bytes, bytes], ttl_s: float = LONG_S) -> None:
        self.tier.limit(10**6, ttl_s)
        self.tier.put(entries, self.series)

    async def close(self) -> None:
        pass


class Shared:
    """The tier in Valkey."""

    def __init__(self, url: str) -> None:
        self.series = new_series()
        self.tier = RedisTier(url, 5.0, SystemClock())

    async def get(self, *keys: bytes) -> list[bytes | None]:
        return await self.tier.get(keys, self.series)

    async def put(self, *entries: tuple[bytes, bytes], ttl_s: float = LONG_S) -> None:
        self.tier.put(entries, ttl_s, self.series)
        await self.tier.settle()

    async def close(self) -> None:
        await self.tier.close()


def new_series() -> CacheSeries:
    return CacheSeries(Board.private().slot(0), {}, "local")


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(tmp_path_factory.mktemp("v")) as server:
        yield server


@pytest.fixture(params=["local", "redis"])
def make(request: pytest.FixtureRequest, valkey: Valkey) -> Callable[[], Tier]:
    if request.param == "local":
        return Local
    valkey.kill()
    valkey.start()
    return lambda: Shared(valkey.url)


def run(make: Callable[[], Tier], steps: Callable[[Tier], Awaitable[None]]) -> None:
    async def live() -> None:
        tier = make()
        try:
            await steps(tier)
        finally:
            await tier.close()

    asyncio.run(live())


def entry(label: str, *probabilities: float) -> bytes:
    parts = np.array([probabilities]) if probabilities else None
    (packed,) = pack(Prediction(np.array([label]), parts)) or ()
    return packed


def test_what_was_kept_is_found_in_the_order_asked_for(make: Callable[[], Tier]) -> None:
    async def steps(tier: Tier) -> None:
        kept = [(bytes([i]) * 24, entry(f"label {i}", i / 100)) for i in range(64)]
        await tier.put(*kept)
        asked = [kept[5], kept[63], kept[0], kept[5]]
        assert await tier.get(*(key for key, _ in asked)) == [packed for _, packed in asked]
        assert await tier.get(*(key for key, _ in kept)) == [packed for _, packed in kept]
        assert (tier.series.hits.value, tier.series.misses.value) == (68, 0)

    run(make, steps)


def test_what_was_not_kept_is_not_found(make: Callable[[], Tier]) -> None:
    async def steps(tier: Tier) -> None:
        await tier.put((b"a" * 24, entry("a")))
        found = await tier.get(b"b" * 24, b"a" * 24, b"a" * 23, b"a" * 25, b"")
        assert found == [None, entry("a"), None, None, None]
        assert (tier.series.hits.value, tier.series.misses.value) == (1, 4)

    run(make, steps)


@pytest.mark.parametrize("label", ["", "a", "a\0b", "\u2713", "😀" * 100])
def test_every_answer_comes_back_as_it_was(make: Callable[[], Tier], label: str) -> None:
    async def steps(tier: Tier) -> None:
        packed = entry(label, 1e-300, -0.0, 1.7976931348623157e308)
        await tier.put((b"a" * 24, packed))
        assert await tier.get(b"a" * 24) == [packed]

    run(make, steps)


def test_the_latest_answer_counts(make: Callable[[], Tier]) -> None:
    async def steps(tier: Tier) -> None:
        for label in ("one", "two"):
            await tier.put((b"a" * 24, entry(label)))
        assert await tier.get(b"a" * 24) == [entry("two")]

    run(make, steps)


def test_an_answer_is_not_kept_for_longer_than_its_time(make: Callable[[], Tier]) -> None:
    async def steps(tier: Tier) -> None:
        await tier.put((b"a" * 24, entry("a")), ttl_s=0.02)
        await tier.put((b"b" * 24, entry("b")))
        end_s = time.monotonic() + 10
        while await tier.get(b"a" * 24, b"b" * 24) != [None, entry("b")]:
            assert time.monotonic() < end_s
            await asyncio.sleep(0.01)

    run(make, steps)


def test_many_at_once_get_each_his_own(make: Callable[[], Tier]) -> None:
    async def steps(tier: Tier) -> None:
        kept = [(bytes([i]) * 24, entry(str(i))) for i in range(40)]
        await tier.put(*kept)
        found = await asyncio.gather(*(tier.get(key, b"none") for key, _ in kept))
        assert found == [[packed, None] for _, packed in kept]
        assert tier.series.errors.value == 0

    run(make, steps)
