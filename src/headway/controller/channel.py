"""The controller's end of the channel to the supervisor: frames of JSON, both ways."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import msgspec

from headway.core.frames import FrameReader, frame
from headway.serving.control import FromController, FromSupervisor

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

_CHUNK_BYTES = 65_536


class Channel:
    """An open channel. Make it with `open_channel`.

    Args:
        reader: What comes from the supervisor.
        writer: What goes to it.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: FromController) -> None:
        """Send a message; a supervisor that is gone misses it."""
        with contextlib.suppress(ConnectionError):
            self._writer.write(frame(msgspec.json.encode(message)))
            await self._writer.drain()

    async def messages(self) -> AsyncIterator[FromSupervisor]:
        """Yield what the supervisor says, until it is gone or says what is none of ours."""
        frames = FrameReader()
        with contextlib.suppress(ConnectionError):
            while chunk := await self._reader.read(_CHUNK_BYTES):
                for payload in frames.feed(chunk):
                    yield msgspec.json.decode(payload, type=FromSupervisor)

    async def close(self) -> None:
        """Let the supervisor know that this process says no more."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


async def open_channel(end: socket.socket) -> Channel:
    """Return the channel over one end of a socket pair, which it owns from here on."""
    end.setblocking(False)  # noqa: FBT003 - its only argument
    return Channel(*await asyncio.open_connection(sock=end))
