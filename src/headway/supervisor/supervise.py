"""Starts a server: one socket, its workers, its controller, and the supervisor that keeps them."""

from __future__ import annotations

import dataclasses
import sys
from functools import partial
from typing import TYPE_CHECKING

from headway.monitoring.slots import Board
from headway.security.exposure import check_exposure
from headway.serving.settings import WorkerSettings
from headway.supervisor.child import ChildProcess
from headway.supervisor.controllers import ControllerPlace
from headway.supervisor.listener import bind_listener, listener_url
from headway.supervisor.places import Place
from headway.supervisor.plan_file import PlanFile
from headway.supervisor.signals import ending_signals
from headway.supervisor.supervisor import Audience, Server, Supervisor
from headway.supervisor.tls import read_tls

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from headway.core.clock import Clock
    from headway.supervisor.controllers import ControllerCommand
    from headway.supervisor.messages import Report


@dataclasses.dataclass(frozen=True, slots=True)
class SupervisorSettings:
    """What a supervisor serves, and where.

    Attributes:
        plan: File of the serving plan. It is looked at again and again, and written when the controller
            has another plan made live.
        host: Address to listen on.
        port: TCP port; 0 takes a free one.
        insecure: Whether a network may be listened on without a key.
        worker: How each worker runs.
        workers: How many there are.
        poll_interval_s: How often the file of the plan is looked at.
        controller: Starts the controller; `None` for a server without one.
    """

    plan: Path
    host: str = "127.0.0.1"
    port: int = 8000
    insecure: bool = False
    worker: WorkerSettings = dataclasses.field(default_factory=WorkerSettings)
    workers: int = 1
    poll_interval_s: float = 1.0
    controller: ControllerCommand | None = None


def supervise(settings: SupervisorSettings, audience: Audience, clock: Clock) -> None:
    """Serve until SIGTERM, SIGINT or the death of the parent. Call it from the main thread.

    A worker that has become ready and crashes is replaced for ever, after delays that double up to
    `LONGEST_DELAY_S`; the others answer in the meantime.

    Raises:
        ConfigError: A network would be listened on without a key, there is no such plan, or HTTPS cannot
            be spoken.
        ServerError: The port is taken, a worker ends before all were ready for the first time, or
            `MAX_FAILED_STARTS` in a row do so later, while no other one answers.
        HeadwayError: A worker that ends before it is ready says why; the error is its own.
    """
    file = PlanFile(settings.plan)
    check_exposure(settings.host, has_key=file.first.asks_for_key, insecure=settings.insecure)
    # each worker reads them again; here it is told what is wrong before there are any
    for warning in read_tls(settings.worker.tls, clock.now()).warnings:
        audience.on_event(warning)
    board = Board.create(settings.workers)
    try:
        with bind_listener(settings.host, settings.port) as listener, ending_signals() as signals:
            start = partial(_start_worker, listener, board)
            server = Server(
                places=tuple(
                    Place(number, slot, start, clock) for number, slot in enumerate(board.slots())
                ),
                file=file,
                worker=settings.worker,
                url=listener_url(listener, tls=settings.worker.tls is not None),
                poll_interval_s=settings.poll_interval_s,
            )
            supervisor = Supervisor(server, audience, signals, clock)
            if settings.controller is not None:
                supervisor.controller = ControllerPlace(
                    settings.controller, supervisor.take_request, audience.on_event, clock
                )
            supervisor.run()
    finally:
        board.close()


def _start_worker(listener: socket.socket, board: Board, number: int) -> ChildProcess[Report]:
    # The listener stays open here too, so that connections wait in its queue while no worker takes
    # them. `-P`: the folder that happens to be the current one adds no modules.
    fds = [listener.fileno(), board.fd]
    return ChildProcess(
        [
            *(sys.executable, "-P", "-m", "headway.supervisor.worker"),
            *("--fd", str(fds[0]), "--board-fd", str(fds[1]), "--slot", str(number)),
        ],
        pass_fds=[fd for fd in fds if fd is not None],
    )
