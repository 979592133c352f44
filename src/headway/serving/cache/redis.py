"""Answers kept in Redis or Valkey, where all workers of all servers find them.

Invariants: nothing that it does or fails to do fails a prediction, nor holds one for longer than the time
limit; what does not carry the right checksum is no answer; its address, which may hold a password, is in
no message.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from headway.core.urls import mask_passwords
from headway.errors import ConfigError
from headway.serving.cache.entries import is_entry
from headway.serving.cache.outage import Outage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from typing import TypeVar

    from headway.core.clock import Clock
    from headway.monitoring.metrics import CacheSeries

    T = TypeVar("T")
    # keys, and who waits for their values
    _Asked = tuple[Sequence[bytes], asyncio.Future[list[Any] | None]]
    # number of keys, and who waits for their values
    _Waiting = tuple[int, asyncio.Future[list[Any] | None]]

PREFIX = "headway:answer:"
_CHECKSUM_BYTES = 8
# one reads; writes above the others wait
_MAX_CONNECTIONS = 4
# of one look-up, which holds Redis for a millisecond
_MAX_KEYS = 1024
# answers of requests that have their reply; where Redis is that far behind, no more are kept
_MAX_WRITES = 64
_MEASURED = 8
_FAILURES = (RedisError, OSError, TimeoutError, ValueError, UnicodeError)


class RedisTier:
    """The kept answers of all servers that share one Redis. Use it from one event loop.

    Requests that come while a look-up is under way share the next one.

    Args:
        url: Where it is: `redis://`, `rediss://` or `unix://`.
        timeout_s: Longest time for a look-up.
        clock: Measures the breaks of an outage.

    Raises:
        ConfigError: The URL says something that is not known.
    """

    def __init__(self, url: str, timeout_s: float, clock: Clock) -> None:
        self._redis = Redis.from_pool(_pool(url))
        self._timeout_s = timeout_s
        place = place_of(url)
        self._reads = Outage(f"reading answers from Redis at `{place}`", clock)
        self._writes = Outage(f"keeping answers in Redis at `{place}`", clock)
        self._asked: deque[_Asked] = deque()
        self._reading: asyncio.Task[None] | None = None
        self._writing: set[asyncio.Task[None]] = set()

    async def get(self, keys: Sequence[bytes], series: CacheSeries) -> list[bytes | None]:
        """Return for each key its entry, or `None` where there is none or Redis does not tell."""
        if not self._reads.may_try():
            return [None] * len(keys)
        values = await self.read(keys)
        if values is None:
            series.errors.add()
            return [None] * len(keys)
        found = [_entry(key, value) for key, value in zip(keys, values, strict=True)]
        n_misses = found.count(None)
        series.misses.add(n_misses)
        series.hits.add(len(found) - n_misses)
        return found

    async def read(self, keys: Sequence[bytes]) -> list[Any] | None:
        """Return what Redis has at each key, or `None` where it does not tell."""
        answer: asyncio.Future[list[Any] | None] = asyncio.get_running_loop().create_future()
        self._asked.append((keys, answer))
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read_all())
        return await answer

    def put(
        self, entries: Sequence[tuple[bytes, bytes]], ttl_s: float, series: CacheSeries
    ) -> None:
        """Begin to keep entries; nobody waits for it."""
        if len(self._writing) < _MAX_WRITES and self._writes.may_try():
            task = asyncio.ensure_future(self._write(entries, ttl_s, series))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def settle(self) -> None:
        """Wait until everything is written that was begun."""
        while self._writing:
            await asyncio.wait(self._writing)

    async def close(self) -> None:
        """Close its connections."""
        await self.settle()
        await self._redis.aclose()

    async def _read_all(self) -> None:
        try:
            while self._asked:
                await self._read_some()
        finally:
            self._reading = None
            # whatever happened, nobody waits for ever
            self._hand_out([(len(keys), answer) for keys, answer in self._asked], None)
            self._asked.clear()

    async def _read_some(self) -> None:
        taken: list[_Waiting] = []
        names: list[str] = []
        while self._asked and len(names) < _MAX_KEYS:
            keys, answer = self._asked.popleft()
            taken.append((len(keys), answer))
            names += [PREFIX + key.hex() for key in keys]
        values = None
        try:
            values = await self._within_time(self._redis.mget(names), self._reads)
        finally:
            self._hand_out(taken, values)

    @staticmethod
    def _hand_out(taken: Sequence[_Waiting], values: list[Any] | None) -> None:
        start = 0
        for n_keys, answer in taken:
            # who was cancelled waits no more
            if not answer.done():
                answer.set_result(None if values is None else values[start : start + n_keys])
            start += n_keys

    async def _write(
        self, entries: Sequence[tuple[bytes, bytes]], ttl_s: float, series: CacheSeries
    ) -> None:
        # Redis refuses a time of 0
        ttl_ms = max(int(ttl_s * 1000), 1)
        pipeline = self._redis.pipeline(transaction=False)
        for key, entry in entries:
            # it only queues here
            _ = pipeline.set(PREFIX + key.hex(), _checksum(key, entry) + entry, px=ttl_ms)
        if await self._within_time(pipeline.execute(), self._writes) is None:
            series.errors.add()

    async def _within_time(self, asked: Awaitable[T], outage: Outage) -> T | None:
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await asked
        except _FAILURES as error:
            outage.note_failure(error)
            return None
        outage.note_success()
        return answer


def measure_lookup_s(url: str, timeout_s: float, clock: Clock) -> float | None:
    """Return the time of a look-up, the fastest of some, or `None` where Redis does not answer in time.

    It blocks, and may be called where an event loop runs.

    Raises:
        ConfigError: As `RedisTier`.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(_measure(url, timeout_s, clock))).result()


async def _measure(url: str, timeout_s: float, clock: Clock) -> float | None:
    tier = RedisTier(url, timeout_s, clock)
    times_s = []
    for _ in range(_MEASURED):
        start_s = clock.monotonic_s()
        if await tier.read([b""]) is None:
            break
        times_s.append(clock.monotonic_s() - start_s)
    await tier.close()
    return min(times_s, default=None)


def place_of(url: str) -> str:
    """Return where a Redis is, without what it is asked with.

    Examples:
        >>> place_of("redis://user:secret@cache.example:6380/2?password=secret")
        'redis://user:***@cache.example:6380/2'
    """
    return mask_passwords(url).partition("?")[0]


def _pool(url: str) -> BlockingConnectionPool:
    try:
        options: dict[str, Any] = dict(parse_url(url))
        # the time limit is of a whole look-up; what failed is tried again by the next request
        options |= {
            "socket_timeout": None,
            "socket_connect_timeout": None,
            "retry": Retry(NoBackoff(), 0),
            "decode_responses": False,
            "protocol": 2,
            "max_connections": _MAX_CONNECTIONS,
            "timeout": None,
        }
        pool = BlockingConnectionPool(**options)
        pool.make_connection()  # type: ignore[no-untyped-call]
    except (RedisError, TypeError, ValueError):
        # the error's own text may hold parts of the URL
        raise ConfigError(
            "`cache.redis_url` says something that is not known",
            hint="`redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]` or `unix://PATH`",
        ) from None
    return pool


def _checksum(key: bytes, entry: bytes) -> bytes:
    return hashlib.blake2b(key + entry, digest_size=_CHECKSUM_BYTES).digest()


def _entry(key: bytes, value: Any) -> bytes | None:
    """Return the entry in a value, or `None` where it holds none of this key."""
    if not isinstance(value, bytes):
        return None
    checksum, entry = value[:_CHECKSUM_BYTES], value[_CHECKSUM_BYTES:]
    if checksum != _checksum(key, entry) or not is_entry(entry):
        return None
    return entry
