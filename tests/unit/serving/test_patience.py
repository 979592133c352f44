from __future__ import annotations

import asyncio
from typing import Any

import pytest

from headway.errors import DeadlineExceededError
from headway.serving.patience import ClientDisconnectedError, Patience


async def stays() -> None:
    await asyncio.get_running_loop().create_future()


async def leaves() -> None:
    await asyncio.sleep(0)


async def breaks() -> None:
    raise ConnectionError


def late() -> DeadlineExceededError:
    return DeadlineExceededError("late")


async def waits(client_left: Any, left_s: float | None) -> None:
    with Patience(client_left, left_s, late):
        await stays()


def test_what_is_ready_in_time_is_returned() -> None:
    async def one() -> int:
        with Patience(stays, 10, late):
            await asyncio.sleep(0)
            return 3

    assert asyncio.run(one()) == 3


def test_time_that_is_out_ends_the_waiting() -> None:
    with pytest.raises(DeadlineExceededError):
        asyncio.run(waits(stays, 0.01))


@pytest.mark.parametrize("client", [leaves, breaks])
def test_a_client_that_leaves_ends_the_waiting(client: Any) -> None:
    with pytest.raises(ClientDisconnectedError):
        asyncio.run(waits(client, None))


def test_an_error_is_raised_as_it_is() -> None:
    async def fails() -> None:
        with Patience(stays, 10, late):
            raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(fails())


def test_who_cancels_the_task_is_not_mistaken_for_a_client() -> None:
    async def cancelled() -> None:
        task = asyncio.create_task(waits(stays, 10))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())


def test_the_task_goes_on_after_it() -> None:
    async def twice() -> str:
        with pytest.raises(DeadlineExceededError):
            await waits(stays, 0.001)
        await asyncio.sleep(0.001)
        return "on"

    assert asyncio.run(twice()) == "on"
