"""The supervisor: owns the socket, starts the worker, replaces it when it crashes, ends it at the end.

Invariants: no worker outlives its supervisor; a supervisor whose first worker never became ready ends
with that worker's error.
"""

from __future__ import annotations

import dataclasses
import math
import selectors
import sys
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from headway.errors import ServerError
from headway.security.exposure import check_exposure
from headway.serving.plan import read_plan
from headway.serving.settings import WorkerSettings
from headway.supervisor.channel import Failed
from headway.supervisor.child import ChildProcess
from headway.supervisor.listener import bind_listener
from headway.supervisor.signals import ending_signals, receive_endings

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from headway.core.clock import Clock
    from headway.errors import HeadwayError
    from headway.supervisor.channel import ChildEnd, Report

FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 10.0
# a worker that answered for so long did not crash because of its start
STABLE_S = 30.0
MAX_FAILED_STARTS = 5
# beside the drain time: for the ends of connections and of the process
_KILL_MARGIN_S = 5.0
_MAX_DOUBLINGS = 10


@dataclasses.dataclass(frozen=True, slots=True)
class SupervisorSettings:
    """What a supervisor serves, and where.

    Attributes:
        plan: File of the serving plan.
        host: Address to listen on.
        port: TCP port; 0 takes a free one.
        insecure: Whether a network may be listened on without a key.
        worker: How the worker runs.
    """

    plan: Path
    host: str = "127.0.0.1"
    port: int = 8000
    insecure: bool = False
    worker: WorkerSettings = dataclasses.field(default_factory=WorkerSettings)


@dataclasses.dataclass(frozen=True, slots=True)
class Audience:
    """Who is told what happens.

    Attributes:
        on_ready: Called once, with the URL, when the first worker answers.
        on_event: Called with a line for people when a worker crashes or is replaced.
        parent: Its death ends the supervisor; `None` where no process waits for this one.
    """

    on_ready: Callable[[str], None]
    on_event: Callable[[str], None]
    parent: ChildEnd | None = None


def supervise(settings: SupervisorSettings, audience: Audience, clock: Clock) -> None:
    """Serve until SIGTERM, SIGINT or the death of the parent. Call it from the main thread.

    A worker that has become ready and crashes is replaced for ever, after delays that double up to
    `LONGEST_DELAY_S`.

    Raises:
        ConfigError: A network would be listened on without a key, or there is no such plan.
        ServerError: The port is taken, the first worker ends before it is ready, or
            `MAX_FAILED_STARTS` in a row do so later.
        HeadwayError: A worker that ends before it is ready says why; the error is its own.
    """
    plan = read_plan(settings.plan)
    check_exposure(settings.host, has_key=plan.asks_for_key, insecure=settings.insecure)
    with bind_listener(settings.host, settings.port) as listener, ending_signals() as signals:
        supervisor = Supervisor(
            partial(_start_worker, settings, listener),
            audience,
            signals,
            clock,
            drain_timeout_s=settings.worker.drain_timeout_s,
        )
        supervisor.run()


def _start_worker(settings: SupervisorSettings, listener: socket.socket) -> ChildProcess:
    # The listener stays open here too, so that connections wait in its queue while a worker that has
    # crashed is replaced. `-P`: the folder that happens to be the current one adds no modules.
    return ChildProcess(
        [
            *(sys.executable, "-P", "-m", "headway.supervisor.worker"),
            *("--plan", str(settings.plan)),
            *("--fd", str(listener.fileno())),
            *("--settings", msgspec.json.encode(settings.worker).decode()),
        ],
        pass_fds=(listener.fileno(),),
    )


@dataclasses.dataclass(slots=True)
class _Life:
    """What became of one worker.

    Attributes:
        ready_s: When it became ready, on the monotonic clock; `None` where it never did.
        failure: Why it did not, in its own words.
        end: How it ended.
    """

    ready_s: float | None = None
    failure: HeadwayError | None = None
    end: str = ""


class Supervisor:
    """Keeps one worker alive.

    Args:
        start: Starts a worker.
        audience: Who is told.
        signals: Readable where the end is asked for.
        clock: Measures how long a worker lives.
        drain_timeout_s: Time that a worker takes for its end at most.
    """

    def __init__(
        self,
        start: Callable[[], ChildProcess],
        audience: Audience,
        signals: socket.socket,
        clock: Clock,
        *,
        drain_timeout_s: float,
    ) -> None:
        self._start = start
        self._drain_timeout_s = drain_timeout_s
        self._audience = audience
        self._signals = signals
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._selector.register(signals, selectors.EVENT_READ)
        self._parent_fd = audience.parent.fileno() if audience.parent else None
        if self._parent_fd is not None:
            self._selector.register(self._parent_fd, selectors.EVENT_READ)
        self._n_signals = 0
        self._is_orphan = False
        self._kill_at_s = math.inf
        self._was_ready = False
        self._n_failed_starts = 0
        self._n_crashes = 0

    def run(self) -> None:
        """Keep a worker alive until the end is asked for.

        Raises:
            HeadwayError: As `supervise`.
        """
        while True:
            life = self._watch(self._start())
            if self._is_ending:
                return
            self._give_up_where_hopeless(life)
            delay_s = min(FIRST_DELAY_S * 2**self._n_crashes, LONGEST_DELAY_S)
            self._n_crashes = min(self._n_crashes + 1, _MAX_DOUBLINGS)
            self._audience.on_event(f"the worker {life.end}; another one starts in {delay_s:g} s")
            if self._is_ended_within(delay_s):
                return

    def _watch(self, worker: ChildProcess) -> _Life:
        life = _Life()
        self._selector.register(worker.reports, selectors.EVENT_READ)
        try:
            is_over = False
            while not is_over:
                ready = self._select(self._kill_at_s - self._clock.monotonic_s())
                if self._is_ending:
                    self._end(worker)
                if worker.reports in ready:
                    reports, is_over = worker.reports.receive()
                    for report in reports:
                        self._hear(report, life)
        finally:
            self._selector.unregister(worker.reports)
            life.end = worker.end()
        return life

    def _hear(self, report: Report, life: _Life) -> None:
        if isinstance(report, Failed):
            life.failure = report.error()
            return
        life.ready_s = self._clock.monotonic_s()
        if self._was_ready:
            self._audience.on_event("the new worker is ready")
        else:
            self._was_ready = True
            self._audience.on_ready(report.url)

    @property
    def _is_ending(self) -> bool:
        return self._is_orphan or self._n_signals > 0

    def _end(self, worker: ChildProcess) -> None:
        """Tell the worker to end; end it at a second signal, or after its time."""
        now_s = self._clock.monotonic_s()
        if math.isinf(self._kill_at_s):
            self._kill_at_s = now_s + self._drain_timeout_s + _KILL_MARGIN_S
            worker.stop()
        if self._n_signals > 1 or now_s >= self._kill_at_s:
            worker.kill()

    def _give_up_where_hopeless(self, life: _Life) -> None:
        if life.ready_s is None:
            self._n_failed_starts += 1
        else:
            self._n_failed_starts = 0
            if self._clock.monotonic_s() - life.ready_s >= STABLE_S:
                self._n_crashes = 0
        if self._was_ready and self._n_failed_starts < MAX_FAILED_STARTS:
            return
        raise life.failure or ServerError(
            f"the worker {life.end} before it was ready", hint="its log may say why"
        )

    def _is_ended_within(self, delay_s: float) -> bool:
        end_s = self._clock.monotonic_s() + delay_s
        while not self._is_ending and (left_s := end_s - self._clock.monotonic_s()) > 0:
            self._select(left_s)
        return self._is_ending

    def _select(self, timeout_s: float) -> list[object]:
        """Wait, and note who asks for the end."""
        timeout = None if math.isinf(timeout_s) else max(timeout_s, 0.0)
        ready: list[object] = [key.fileobj for key, _ in self._selector.select(timeout)]
        if self._signals in ready:
            self._n_signals += receive_endings(self._signals)
        if self._parent_fd is not None and self._parent_fd in ready:
            self._is_orphan = True
            self._selector.unregister(self._parent_fd)
        return ready
