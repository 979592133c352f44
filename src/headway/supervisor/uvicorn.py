"""Runs an ASGI app under uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from typing import TYPE_CHECKING, Any

from typing_extensions import override
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import Server

from headway.serving.asgi import RECEIVED_S
from headway.supervisor.acceptor import Acceptor

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Iterator

    from headway.serving.asgi import App
    from headway.supervisor.acceptor import Share

# longer than the minute after which load balancers let go of an idle connection
KEEP_ALIVE_S = 75


MAX_HEAD_BYTES = 64 * 1024
_HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


# for a body of the greatest size, over a slow line
RECEIVE_TIMEOUT_S = 30.0
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
# uvicorn ticks ten times a second
_TICKS_BETWEEN_SWEEPS = 50


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 by httptools, with limits that it has not itself: on a head's bytes, on a request's time."""

    _is_in_head = True
    _has_head = False
    _head_bytes = 0
    _begun_s: float | None = None
    _heard_s = 0.0
    _on_end: Callable[[], None] | None = None

    def call_at_end(self, call: Callable[[], None]) -> None:
        """Call when the connection is closed."""
        self._on_end = call

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._on_end is not None:
            self._on_end()
        super().connection_lost(exc)

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._heard_s = self.loop.time()

    @override
    def data_received(self, data: bytes) -> None:
        if self._begun_s is None:
            self._begun_s = self._heard_s = self.loop.time()
        was_in_head, self._has_head = self._is_in_head, False
        super().data_received(data)
        # bytes that ended a head, or a body, are none of an endless head
        if was_in_head and not self._has_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._end_with(_HEAD_TOO_LARGE)

    @override
    def on_headers_complete(self) -> None:
        self.note_head_complete()
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self.scope[RECEIVED_S] = time.monotonic()  # type: ignore[literal-required]
        super().on_message_complete()
        self.note_message_complete()

    def note_head_complete(self) -> None:
        """Count the bytes of the next head from here on."""
        self._is_in_head, self._has_head, self._head_bytes = False, True, 0

    def note_message_complete(self) -> None:
        """Let the time of the next request begin with its first byte."""
        self._is_in_head, self._begun_s = True, None

    def end_if_late(self, now_s: float) -> None:
        """Close the connection where a request arrives for too long, or none has come for long."""
        if self._begun_s is not None:
            if now_s - self._begun_s > RECEIVE_TIMEOUT_S:
                self._end_with(_TOO_SLOW)
        elif now_s - self._heard_s > KEEP_ALIVE_S and self.is_idle():
            self.transport.close()

    def is_idle(self) -> bool:
        """Whether no reply is being waited for."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _end_with(self, reply: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(reply)
            self.transport.close()


class HttpServer(Server):
    """A uvicorn server that leaves signals to its owner.

    Args:
        app: What answers. Its lifespan is the owner's business too.
        share: What it may take of the connections that come.
        tls: Speaks HTTPS; `None` for HTTP.
        protocol: How HTTP is read and written.
    """

    def __init__(
        self,
        app: App,
        share: Share,
        tls: ssl.SSLContext | None = None,
        protocol: type[BoundedProtocol] = BoundedProtocol,
    ) -> None:
        self._share = share
        self._protocol = protocol
        self._tls = tls
        super().__init__(
            Config(
                app,
                interface="asgi3",
                http=protocol,
                lifespan="off",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE_S,
            )
        )

    @property
    def speaks_tls(self) -> bool:
        """Whether it speaks HTTPS."""
        return self._tls is not None

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Return the fastest event loop that is installed."""
        return (self.config.get_loop_factory() or asyncio.new_event_loop)()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.lifespan.startup()
        # where uvicorn has servers of asyncio
        self.servers: list[Any] = [
            Acceptor(listener, self._share, self._connection, self._tls)
            for listener in sockets or ()
        ]
        self.started = True

    def _connection(self, at_end: Callable[[], None]) -> BoundedProtocol:
        protocol = self._protocol(
            config=self.config,
            server_state=self.server_state,
            app_state={},
            _loop=asyncio.get_running_loop(),
        )
        protocol.call_at_end(at_end)
        return protocol

    async def listen(self, listener: socket.socket) -> None:
        """Answer until `stop` is called and the last request under way has its reply."""
        await self.serve([listener])

    @override
    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_BETWEEN_SWEEPS == 0:
            now_s = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, BoundedProtocol):
                    connection.end_if_late(now_s)
        return await super().on_tick(counter)

    def stop(self, timeout_s: float) -> None:
        """Accept no more; give requests under way `timeout_s` to end."""
        self.config.timeout_graceful_shutdown = math.ceil(timeout_s)
        self.should_exit = True
