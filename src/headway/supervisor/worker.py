"""The worker process: `python -m headway.supervisor.worker --plan FILE`.

It loads what the plan names, and then predicts; where that takes long, it answers the probes in the
meantime. For a lowered release it imports no MLflow, pandas, scikit-learn, FastAPI or pydantic.

Without `--plan` it is told on the channel what to serve, and later what to serve instead.

Invariant: it ends when it is told to (SIGTERM, SIGINT), or when the parent that it reports to is gone;
requests under way are answered first.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from headway.core.clock import SystemClock
from headway.errors import HeadwayError, ServerError
from headway.monitoring.log_handler import LogHandler
from headway.monitoring.slots import Board
from headway.serving.plan import read_plan
from headway.supervisor.acceptor import Share
from headway.supervisor.channel import ChildEnd
from headway.supervisor.descriptors import make_room
from headway.supervisor.direct import DirectProtocol
from headway.supervisor.heartbeat import beat
from headway.supervisor.listener import bind_listener, listener_url
from headway.supervisor.messages import Begin, Ready, failed_report
from headway.supervisor.orders import Obedience, freeze
from headway.supervisor.tls import read_tls
from headway.supervisor.uvicorn import HttpServer
from headway.supervisor.worker_settings import read_worker_settings
from headway.wiring import build_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.monitoring.slots import Slot
    from headway.serving.app import ServingApp
    from headway.supervisor.messages import Order

FAILED = 1
# uvicorn looks every 0.1 s whether its connections are closed
_LEAST_CLOSING_S = 1.0
_logger = logging.getLogger("headway.worker")


class Worker:
    """Runs one serving app from its loading to its end.

    Args:
        app: The app, which has loaded nothing.
        server: Answers with it.
        listener: Where it answers.
        parent: Told when the app is ready or has failed, and gives orders.
        slot: Where it gives its signs of life.
        drain_timeout_s: Time that requests under way get at the end.
    """

    def __init__(
        self,
        app: ServingApp,
        server: HttpServer,
        listener: socket.socket,
        parent: ChildEnd,
        *,
        slot: Slot,
        drain_timeout_s: float,
    ) -> None:
        self._app = app
        self._server = server
        self._listener = listener
        self._parent = parent
        self._slot = slot
        self._drain_timeout_s = drain_timeout_s
        # asked for while the socket is open
        self._url = listener_url(listener, tls=server.speaks_tls)

    def run(self, orders: Sequence[Order] = ()) -> int:
        """Answer until the end, and return the exit code of the process.

        Args:
            orders: Those that have come already.
        """
        loop = self._server.new_event_loop()
        try:
            return loop.run_until_complete(self._live(orders))
        finally:
            self._app.close()

    async def _live(self, orders: Sequence[Order]) -> int:
        obedience = Obedience(self._app, self._parent)
        obedience.note(list(orders))
        beating = asyncio.create_task(beat(self._slot, self._is_stuck))
        stopping = asyncio.create_task(self._told_to_stop(obedience))
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
            obeying = asyncio.create_task(obedience.obey())
            ends = {stopping, listening, obeying}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if obeying.done():
                # it would serve another plan than it should: its successor begins with the right one
                error = obeying.exception()
                _logger.error("an order cannot be carried out", exc_info=error)
            obeying.cancel()
            await self._drain()
        await listening
        beating.cancel()
        return 0 if error is None else FAILED

    async def _told_to_stop(self, obedience: Obedience) -> None:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        parent_fd = self._parent.fileno()

        def hear() -> None:
            orders, is_over = self._parent.receive()
            obedience.note(orders)
            if is_over:
                stop.set()

        if parent_fd is not None:
            loop.add_reader(parent_fd, hear)
        await stop.wait()
        if parent_fd is not None:
            loop.remove_reader(parent_fd)

    def _is_stuck(self) -> bool:
        return any(executor.is_stuck for executor in self._app.releases.executors)

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + self._drain_timeout_s
        await self._app.drain(self._drain_timeout_s)
        self._server.stop(max(end_s - loop.time(), _LEAST_CLOSING_S))

    def _report_ready(self) -> None:
        # what is loaded stays, so the collector need not go through it again and again
        freeze()
        self._parent.send(Ready(self._url))

    def _report_failure(self, error: BaseException) -> None:
        if not isinstance(error, HeadwayError):
            _logger.error("loading failed", exc_info=error)
        self._parent.send(failed_report(error))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a worker as the command line says, and end the process."""
    options = _parse(arguments)
    parent = ChildEnd(options.report_fd)
    try:
        worker, orders = _prepare(options, parent)
    except HeadwayError as error:
        parent.send(failed_report(error))
        parent.close()
        sys.exit(FAILED)
    exit_code = worker.run(orders)
    # at once: a model that still computes what nobody waits for must not hold the end
    os._exit(exit_code)


def _prepare(options: argparse.Namespace, parent: ChildEnd) -> tuple[Worker, Sequence[Order]]:
    """Make the worker that the command line asks for, with the orders that came with the first.

    Raises:
        HeadwayError: What it should serve or speak is of no use.
    """
    begin, orders = _begin(options, parent)
    board = Board.private() if options.board_fd is None else Board.attach(options.board_fd)
    slot = board.slot(options.slot)
    others = [view for index, view in enumerate(board.slots()) if index != options.slot]
    app = build_app(begin.plan, begin.settings, (board, slot))
    logging.getLogger().addHandler(LogHandler(app.log))
    share = Share(slot, others, _room(begin.settings.max_connections))
    tls = read_tls(begin.settings.tls, SystemClock().now()).context
    server = HttpServer(app, share, tls, DirectProtocol)
    listener = (
        bind_listener(options.host, options.port)
        if options.fd is None
        else socket.socket(fileno=options.fd)
    )
    drain_timeout_s = begin.settings.drain_timeout_s
    worker = Worker(app, server, listener, parent, slot=slot, drain_timeout_s=drain_timeout_s)
    return worker, orders


def _room(max_connections: int) -> int:
    room = make_room(max_connections)
    if room < max_connections:
        _logger.warning(
            "%d connections at most, because no more files may be open (`ulimit -n`); "
            "`server.max_connections` is %d",
            room,
            max_connections,
        )
    return room


def _begin(options: argparse.Namespace, parent: ChildEnd) -> tuple[Begin, Sequence[Order]]:
    if options.plan is not None:
        return Begin(read_worker_settings(options.settings), read_plan(options.plan)), ()
    first, *orders = parent.wait_for_orders()
    if not isinstance(first, Begin):
        raise ServerError("the supervisor did not say first what to serve")
    return first, orders


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m headway.supervisor.worker")
    parser.add_argument("--plan", type=Path, help="file of the serving plan")
    parser.add_argument("--fd", type=int, help="listening socket that is passed on")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on, without --fd")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on, without --fd")
    parser.add_argument("--report-fd", type=int, help="socket that joins it to its parent")
    parser.add_argument("--board-fd", type=int, help="memory that the workers share")
    parser.add_argument("--slot", type=int, default=0, help="which slot of it this worker takes")
    parser.add_argument("--settings", default="{}", help="with --plan: JSON, or @ and a file of it")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
