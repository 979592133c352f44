from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest

from headway.monitoring.slots import Board
from headway.serving.on_demand import OnDemand, make_api_page, make_exposition

if TYPE_CHECKING:
    from headway.serving.app import ServingApp


def test_a_part_is_made_once_in_a_thread_and_only_when_asked_for() -> None:
    made_in: list[str] = []

    def make() -> object:
        made_in.append(threading.current_thread().name)
        return object()

    async def ask() -> None:
        part = OnDemand(make)
        assert not made_in
        one, other = await asyncio.gather(part.get(), part.get())
        assert one is other is await part.get()

    asyncio.run(ask())
    assert len(made_in) == 1
    assert made_in[0] != threading.current_thread().name


def test_one_who_leaves_does_not_take_it_from_the_others() -> None:
    def make() -> str:
        time.sleep(0.05)
        return "part"

    async def ask() -> str:
        part = OnDemand(make)
        leaving = asyncio.create_task(part.get())
        await asyncio.sleep(0)
        leaving.cancel()
        return await part.get()

    assert asyncio.run(ask()) == "part"


def test_a_failure_is_raised_to_everybody_who_asks() -> None:
    async def ask() -> None:
        part: OnDemand[int] = OnDemand(lambda: 1 // 0)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await part.get()

    asyncio.run(ask())


def test_what_could_not_be_made_is_tried_again_when_it_is_next_asked_for() -> None:
    outcomes = [OSError("for a moment"), "part"]

    def make() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    async def ask() -> None:
        part = OnDemand(make)
        failed = await asyncio.gather(part.get(), part.get(), return_exceptions=True)
        assert [str(error) for error in failed] == ["for a moment"] * 2
        assert await part.get() == await part.get() == "part"

    asyncio.run(ask())


def test_the_exposition_shows_what_is_live(app: ServingApp) -> None:
    exposition = make_exposition(Board.private(), lambda: app.releases)
    body, _ = exposition.render("")
    assert b'headway_live_version{model="credit",version="3"} 1.0' in body


def test_the_api_page_is_an_app(app: ServingApp) -> None:
    assert callable(make_api_page(app.releases.service, asks_for_key=False))
