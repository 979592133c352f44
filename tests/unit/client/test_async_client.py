"""What is particular to the client for asynchronous code; the rest is asked of both in `test_client`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from headway.client import AsyncClient
from headway.errors import DeadlineExceededError
from running import wait_until

if TYPE_CHECKING:
    from scripted_server import ScriptedServer

ROW = {"age": 41}


def test_calls_run_side_by_side(server: ScriptedServer) -> None:
    server.release.clear()

    async def ask() -> list[str]:
        async with AsyncClient(server.url) as client:
            calls = [asyncio.create_task(client.predict("credit", ROW)) for _ in range(5)]
            await asyncio.to_thread(wait_until, lambda: len(server.asked) == 5)
            server.release.set()
            return [reply.prediction for reply in await asyncio.gather(*calls)]

    assert asyncio.run(ask()) == ["good"] * 5
    assert len(server.connections) == 5


def test_a_connection_is_kept(server: ScriptedServer) -> None:
    async def ask() -> None:
        async with AsyncClient(server.url) as client:
            for _ in range(3):
                await client.predict("credit", ROW)

    asyncio.run(ask())
    assert len(server.connections) == 1


def test_a_call_that_is_cancelled_leaves_the_client_usable(server: ScriptedServer) -> None:
    async def ask() -> str:
        async with AsyncClient(server.url) as client:
            server.release.clear()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await client.predict("credit", ROW)
            server.release.set()
            return str((await client.predict("credit", ROW)).prediction)

    assert asyncio.run(ask()) == "good"


def test_a_deadline_leaves_the_client_usable(server: ScriptedServer) -> None:
    async def ask() -> str:
        async with AsyncClient(server.url) as client:
            server.release.clear()
            with pytest.raises(DeadlineExceededError):
                await client.predict("credit", ROW, timeout_s=0.1)
            server.release.set()
            return str((await client.predict("credit", ROW)).prediction)

    assert asyncio.run(ask()) == "good"


def test_a_second_event_loop_is_refused(server: ScriptedServer) -> None:
    client = AsyncClient(server.url)

    async def first() -> None:
        await client.predict("credit", ROW)
        await client.aclose()
        await client.aclose()

    async def use_one() -> AsyncClient:
        other = AsyncClient(server.url)
        await other.predict("credit", ROW)
        for connection in other._transport._pool.connections:  # type: ignore[union-attr]
            await connection.aclose()
        return other

    asyncio.run(first())
    with pytest.raises(RuntimeError, match="this client is closed"):
        asyncio.run(client.health())
    other = asyncio.run(use_one())
    with pytest.raises(RuntimeError, match="another event loop"):
        asyncio.run(other.health())
