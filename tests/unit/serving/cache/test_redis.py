from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from redis.asyncio import Redis

from clocks import ManualClock
from headway.core.clock import SystemClock
from headway.core.prediction import Prediction
from headway.errors import ConfigError
from headway.monitoring.metrics import CacheSeries
from headway.monitoring.slots import Board
from headway.serving.cache.entries import pack
from headway.serving.cache.outage import BREAK_S
from headway.serving.cache.redis import PREFIX, RedisTier, measure_lookup_s, place_of
from valkey_server import Valkey

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

(ENTRY,) = pack(Prediction(np.array(["good"]), np.array([[0.25, 0.75]]))) or ()
KEY, OTHER, NEVER = b"a" * 24, b"b" * 24, b"c" * 24


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(tmp_path_factory.mktemp("v")) as server:
        yield server


class Kept:
    """A tier, its clock, and what it has counted."""

    def __init__(self, url: str, timeout_s: float = 5.0) -> None:
        self.clock = ManualClock()
        self.series = CacheSeries(Board.private().slot(0), {}, "redis")
        self.tier = RedisTier(url, timeout_s, self.clock)

    async def get(self, *keys: bytes) -> list[bytes | None]:
        return await self.tier.get(keys, self.series)

    async def put(self, *entries: tuple[bytes, bytes]) -> None:
        self.tier.put(entries, 60.0, self.series)
        await self.tier.settle()

    @property
    def counted(self) -> tuple[float, float, float]:
        return self.series.hits.value, self.series.misses.value, self.series.errors.value


def run(url: str, steps: Callable[[Kept], Awaitable[None]], **fields: Any) -> None:
    async def live() -> None:
        kept = Kept(url, **fields)
        try:
            await steps(kept)
        finally:
            await kept.tier.close()

    asyncio.run(live())


@pytest.mark.parametrize("spoil", ["cut", "changed", "moved", "empty", "foreign", "list", "text"])
def test_a_value_that_is_no_answer_is_a_miss(valkey: Valkey, spoil: str) -> None:
    name = PREFIX + KEY.hex()

    async def steps(kept: Kept) -> None:
        async with Redis.from_url(valkey.url) as redis:
            await redis.flushall()
            await kept.put((KEY, ENTRY), (OTHER, ENTRY))
            good = await redis.get(name)
            assert isinstance(good, bytes)
            bad = {
                "cut": good[:-1],
                "changed": good[:-1] + bytes([good[-1] ^ 1]),
                "moved": await redis.get(PREFIX + OTHER.hex()),
                "empty": b"",
                "foreign": b"\x80\x04\x95\x0e",
                "text": "\u2713",
            }
            await redis.delete(name)
            await (redis.set(name, bad[spoil]) if spoil in bad else redis.lpush(name, good))  # type: ignore[arg-type, misc]
            assert await kept.get(KEY, OTHER) == [None, ENTRY]
            assert kept.counted == (1, 1, 0)

    run(valkey.url, steps)


def test_an_answer_ends_by_itself(valkey: Valkey) -> None:
    async def steps(kept: Kept) -> None:
        await kept.put((KEY, ENTRY))
        async with Redis.from_url(valkey.url) as redis:
            assert 0 < await redis.pttl(PREFIX + KEY.hex()) <= 60_000
        kept.tier.put([(KEY, ENTRY)], 1e-9, kept.series)
        await kept.tier.settle()
        assert kept.series.errors.value == 0

    run(valkey.url, steps)


def test_requests_that_come_together_share_look_ups(valkey: Valkey) -> None:
    async def steps(kept: Kept) -> None:
        await kept.put((KEY, ENTRY))
        async with Redis.from_url(valkey.url) as redis:
            before = (await redis.info("commandstats"))["cmdstat_mget"]["calls"]
            asked = [asyncio.create_task(kept.get(KEY, NEVER)) for _ in range(50)]
            await asyncio.sleep(0)
            asked[7].cancel()
            found = await asyncio.gather(*asked, return_exceptions=True)
            after = (await redis.info("commandstats"))["cmdstat_mget"]["calls"]
        assert isinstance(found.pop(7), asyncio.CancelledError)
        assert found == [[ENTRY, None]] * 49
        assert after - before <= 3

    asyncio.run(_with_one_call(valkey))
    run(valkey.url, steps)


async def _with_one_call(valkey: Valkey) -> None:
    async with Redis.from_url(valkey.url) as redis:
        await redis.mget(["nothing"])


def test_it_comes_back_after_an_outage(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = Valkey(tmp_path)

    async def steps(kept: Kept) -> None:
        assert await kept.get(KEY) == [None]
        assert await kept.get(KEY) == [None]
        assert kept.counted == (0, 0, 1)
        with server:
            assert await kept.get(KEY) == [None]
            kept.clock.at_s += BREAK_S
            await kept.put((KEY, ENTRY))
            assert await kept.get(KEY) == [ENTRY]
        await kept.get(KEY)
        with server:
            kept.clock.at_s += BREAK_S
            assert await kept.get(KEY) == [None]
            assert kept.counted == (1, 1, 2)

    run(server.url, steps)
    said = [message for message in caplog.messages if message.startswith("reading")]
    assert ["works again" in message for message in said] == [False, True] * 2


def test_one_that_hangs_costs_its_time_limit_once(tmp_path: Path) -> None:
    async def steps(kept: Kept) -> None:
        assert await kept.get(KEY) == [None]
        server.pause()
        assert await kept.get(KEY) == [None]
        assert await kept.get(KEY) == [None]
        assert kept.counted == (0, 1, 1)
        server.go_on()
        kept.clock.at_s += BREAK_S
        await kept.put((KEY, ENTRY))
        assert await kept.get(KEY) == [ENTRY]

    with Valkey(tmp_path) as server:
        run(server.url, steps, timeout_s=0.2)


@pytest.mark.parametrize(
    ("options", "url", "may_read"),
    [
        (("--maxmemory", "1kb", "--maxmemory-policy", "noeviction"), "", True),
        (("--min-replicas-to-write", "1"), "", True),
        (("--requirepass", "right"), "?password=wrong", False),
        (("--requirepass", "right"), "", False),
        ((), "?db=99", False),
    ],
)
def test_one_that_refuses_fails_nothing(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    options: tuple[str, ...],
    url: str,
    *,
    may_read: bool,
) -> None:
    server = Valkey(tmp_path)

    async def steps(kept: Kept) -> None:
        for _ in range(3):
            await kept.put((KEY, ENTRY))
            assert await kept.get(KEY) == [None]
        assert kept.counted == ((0, 3, 1) if may_read else (0, 0, 2))

    try:
        server.start(*options)
        run(server.url + url, steps)
    finally:
        server.kill()
    assert len(caplog.records) == (1 if may_read else 2)
    assert "wrong" not in caplog.text


def test_something_else_that_listens_fails_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async def live() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            kept = Kept(f"redis://user:secret@127.0.0.1:{port}/0?password=secret")
            assert await kept.get(KEY) == [None]
            await kept.put((KEY, ENTRY))
            await kept.tier.close()

    asyncio.run(live())
    assert len(caplog.records) == 2
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "redis://user:secret@host:port",
        "redis://:secret@host?nonsense=1",
        "http://:secret@host",
        "redis://:secret@host?socket_timeout=secret",
    ],
)
def test_a_url_that_is_not_known_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigError, match="redis_url") as caught:
        RedisTier(url, 1.0, SystemClock())
    assert "secret" not in f"{caught.value} {caught.value.hint}"
    assert "secret" not in repr(caught.value.__cause__)


def test_a_look_up_is_measured(valkey: Valkey, tmp_path: Path) -> None:
    measured_s = measure_lookup_s(valkey.url, 5.0, SystemClock())
    assert measured_s is not None
    assert measured_s > 0
    assert measure_lookup_s(f"unix://{tmp_path}/none", 5.0, SystemClock()) is None


def test_a_place_shows_no_password() -> None:
    assert place_of("redis://:a/b@host/1") == "redis://:***@host/1"
    assert place_of("unix:///tmp/x?password=secret") == "unix:///tmp/x"
