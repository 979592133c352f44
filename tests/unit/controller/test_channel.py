"""Frames go both ways, and the end of the other side is noticed."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import msgspec
import pytest

from headway.controller.channel import Channel, open_channel
from headway.core.frames import FrameReader, frame
from headway.serving.control import AdminReady, FromController, Outcome
from supervised import PLAN, status_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def run(play: Callable[[Channel, socket.socket], Awaitable[None]]) -> None:
    async def main() -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            channel = await open_channel(ours)
            await play(channel, theirs)
            await channel.close()

    asyncio.run(main())


def test_what_is_said_is_heard_until_the_other_side_is_gone() -> None:
    said = [status_of(PLAN), Outcome("a", 1), Outcome("b", 2, "x", "y" * 200_000)]
    data = b"".join(frame(msgspec.json.encode(message)) for message in said)

    async def play(channel: Channel, theirs: socket.socket) -> None:
        async def speak() -> None:
            await asyncio.to_thread(theirs.sendall, data)
            theirs.shutdown(socket.SHUT_WR)

        speaking = asyncio.create_task(speak())
        assert [message async for message in channel.messages()] == said
        await speaking

    run(play)


def test_what_is_sent_is_one_frame() -> None:
    async def play(channel: Channel, theirs: socket.socket) -> None:
        await channel.send(AdminReady("http://a"))
        (payload,) = FrameReader().feed(theirs.recv(1000))
        assert msgspec.json.decode(payload, type=FromController) == AdminReady("http://a")

    run(play)


def test_a_supervisor_that_is_gone_misses_what_is_said() -> None:
    async def play(channel: Channel, theirs: socket.socket) -> None:
        theirs.close()
        assert [message async for message in channel.messages()] == []
        for _ in range(3):
            await channel.send(AdminReady("http://a"))

    run(play)


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", frame(b"{}")])
def test_what_is_none_of_ours_is_an_error(data: bytes) -> None:
    async def play(channel: Channel, theirs: socket.socket) -> None:
        theirs.sendall(data)
        with pytest.raises(ValueError, match=r"longer than|missing required"):
            await anext(aiter(channel.messages()))

    run(play)
