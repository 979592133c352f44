"""The worker process: `python -m headway.supervisor.worker --plan FILE --fd N`.

It answers the probes at once, loads what the plan names, and then predicts. For a lowered release it
imports no MLflow, pandas, scikit-learn, FastAPI or pydantic.

Invariant: it ends when it is told to (SIGTERM, SIGINT), or when the parent that it reports to is gone;
requests under way are answered first.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import msgspec

from headway.errors import HeadwayError
from headway.monitoring.log_handler import LogHandler
from headway.serving.plan import read_plan
from headway.serving.settings import WorkerSettings
from headway.supervisor.channel import ChildEnd, Ready, failed_report
from headway.supervisor.listener import bind_listener, listener_url
from headway.supervisor.uvicorn import HttpServer
from headway.wiring import build_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.serving.app import ServingApp

FAILED = 1
# uvicorn looks every 0.1 s whether its connections are closed
_LEAST_CLOSING_S = 1.0
_logger = logging.getLogger("headway.worker")


class Worker:
    """Runs one serving app from its loading to its end.

    Args:
        app: The app, which has loaded nothing.
        listener: Where it answers.
        parent: Told when the app is ready or has failed.
        drain_timeout_s: Time that requests under way get at the end.
    """

    def __init__(
        self,
        app: ServingApp,
        listener: socket.socket,
        parent: ChildEnd,
        *,
        drain_timeout_s: float,
    ) -> None:
        self._app = app
        self._listener = listener
        self._parent = parent
        self._drain_timeout_s = drain_timeout_s
        self._server = HttpServer(app)

    def run(self) -> int:
        """Answer until the end, and return the exit code of the process."""
        loop = self._server.new_event_loop()
        try:
            return loop.run_until_complete(self._live())
        finally:
            self._app.close()

    async def _live(self) -> int:
        stopping = asyncio.create_task(self._told_to_stop())
        listening = asyncio.create_task(self._server.listen(self._listener))
        loading = asyncio.get_running_loop().run_in_executor(None, self._app.load)
        await asyncio.wait({loading, stopping, listening}, return_when=asyncio.FIRST_COMPLETED)
        error = loading.exception() if loading.done() else None
        if error is not None:
            self._report_failure(error)
            self._server.stop(0)
        else:
            if loading.done():
                self._report_ready()
            await asyncio.wait({stopping, listening}, return_when=asyncio.FIRST_COMPLETED)
            await self._drain()
        await listening
        return 0 if error is None else FAILED

    async def _told_to_stop(self) -> None:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        parent_fd = self._parent.fileno()
        if parent_fd is not None:
            # nothing is ever sent to a child, so it can read only when its parent is gone
            loop.add_reader(parent_fd, stop.set)
        await stop.wait()
        if parent_fd is not None:
            loop.remove_reader(parent_fd)

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + self._drain_timeout_s
        await self._app.drain(self._drain_timeout_s)
        self._server.stop(max(end_s - loop.time(), _LEAST_CLOSING_S))

    def _report_ready(self) -> None:
        # what is loaded stays, so the collector need not go through it again and again
        gc.collect()
        gc.freeze()
        self._parent.send(Ready(listener_url(self._listener)))

    def _report_failure(self, error: BaseException) -> None:
        if not isinstance(error, HeadwayError):
            _logger.error("loading failed", exc_info=error)
        self._parent.send(failed_report(error))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a worker as the command line says, and end the process."""
    options = _parse(arguments)
    parent = ChildEnd(options.report_fd)
    try:
        settings = msgspec.json.decode(options.settings, type=WorkerSettings)
        app = build_app(read_plan(options.plan), settings)
        listener = (
            bind_listener(options.host, options.port)
            if options.fd is None
            else socket.socket(fileno=options.fd)
        )
    except HeadwayError as error:
        parent.send(failed_report(error))
        sys.exit(FAILED)
    logging.getLogger().addHandler(LogHandler(app.log))
    exit_code = Worker(app, listener, parent, drain_timeout_s=settings.drain_timeout_s).run()
    # at once: a model that still computes what nobody waits for must not hold the end
    os._exit(exit_code)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m headway.supervisor.worker")
    parser.add_argument("--plan", type=Path, required=True, help="file of the serving plan")
    parser.add_argument("--fd", type=int, help="listening socket that is passed on")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on, without --fd")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on, without --fd")
    parser.add_argument("--report-fd", type=int, help="socket that the parent reads")
    parser.add_argument("--settings", default="{}", help="worker settings as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
