"""Runs an ASGI app under uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import math
from typing import TYPE_CHECKING

from typing_extensions import override
from uvicorn.config import Config
from uvicorn.server import Server

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from headway.serving.asgi import App

# longer than the minute after which load balancers let go of an idle connection
KEEP_ALIVE_S = 75


class HttpServer(Server):
    """A uvicorn server that leaves signals to its owner.

    Args:
        app: What answers. Its lifespan is the owner's business too.
    """

    def __init__(self, app: App) -> None:
        super().__init__(
            Config(
                app,
                interface="asgi3",
                lifespan="off",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE_S,
            )
        )

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Return the fastest event loop that is installed."""
        return (self.config.get_loop_factory() or asyncio.new_event_loop)()

    async def listen(self, listener: socket.socket) -> None:
        """Answer until `stop` is called and the last request under way has its reply."""
        await self.serve([listener])

    def stop(self, timeout_s: float) -> None:
        """Accept no more; give requests under way `timeout_s` to end."""
        self.config.timeout_graceful_shutdown = math.ceil(timeout_s)
        self.should_exit = True
