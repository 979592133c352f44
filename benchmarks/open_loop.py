"""An open-loop HTTP client: requests are due at fixed times, whether or not earlier ones were answered.

A reply's latency counts from when its request was due, so that a server that stalls is not spared. A connection that
breaks is an error of the request on it, and is opened again.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
import select
import time
from typing import TYPE_CHECKING

from benchmarks.load_client import Client, LoadResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_LAST_REPLY_S = 30.0
_OPEN_TIMEOUT_S = 10.0


@dataclasses.dataclass(frozen=True)
class Pace:
    """When requests are due.

    Attributes:
        rate: Requests a second.
        duration_s: Until the last one.
        n_clients: Connections, so many requests at most are under way.
    """

    rate: float
    duration_s: float
    n_clients: int = 64


def run_open_loop(
    port: int,
    requests: Iterable[bytes],
    pace: Pace,
    on_second: Callable[[], None] = lambda: None,
) -> LoadResult:
    """Send requests when they are due.

    Args:
        port: Of the server, on loopback.
        requests: Sent in turn, over and over.
        pace: When.
        on_second: Called about once a second; it must not take long.
    """
    run = _Run(port, requests, pace)
    next_call_s = 0.0
    while run.goes_on():
        run.send_due()
        run.receive()
        if time.perf_counter() >= next_call_s:
            on_second()
            next_call_s = time.perf_counter() + 1.0
    return run.end()


class _Run:
    def __init__(self, port: int, requests: Iterable[bytes], pace: Pace) -> None:
        self._port, self._pace = port, pace
        self._supply = itertools.cycle(requests)
        self._poll = select.epoll()
        self._idle: collections.deque[Client] = collections.deque()
        self._busy: dict[int, tuple[Client, float]] = {}
        for _ in range(pace.n_clients):
            self._open()
        self._latencies: list[float] = []
        self._n_refused = self._n_broken = 0
        self._n_sent = 0
        self._n_due = int(pace.rate * pace.duration_s)
        self._started_s = time.perf_counter()

    def goes_on(self) -> bool:
        is_late = time.perf_counter() > self._started_s + self._pace.duration_s + _LAST_REPLY_S
        return not is_late and (self._n_sent < self._n_due or bool(self._busy))

    def _due_s(self) -> float:
        return self._started_s + self._n_sent / self._pace.rate

    def send_due(self) -> None:
        while self._idle and self._n_sent < self._n_due and self._due_s() <= time.perf_counter():
            client, due_s = self._idle.popleft(), self._due_s()
            self._n_sent += 1
            try:
                client.send(next(self._supply))
            except OSError:
                self._replace(client)
            else:
                self._busy[client.fileno] = client, due_s

    def receive(self) -> None:
        wait_s = 1.0
        if self._idle and self._n_sent < self._n_due:
            wait_s = min(max(self._due_s() - time.perf_counter(), 0.0), 1.0)
        for fd, _ in self._poll.poll(wait_s):
            if fd not in self._busy:
                self._drop_idle(fd)
                continue
            client, due_s = self._busy[fd]
            try:
                status = client.receive()
            except OSError:
                del self._busy[fd]
                self._replace(client)
                continue
            if status is not None:
                del self._busy[fd]
                self._idle.append(client)
                self._latencies.append(time.perf_counter() - due_s)
                self._n_refused += status != b"200"

    def _drop_idle(self, fd: int) -> None:
        """Replace a connection that the server has closed between two requests, which is no error."""
        for client in [client for client in self._idle if client.fileno == fd]:
            self._idle.remove(client)
            client.close()
            self._open()

    def _replace(self, client: Client) -> None:
        self._n_broken += 1
        client.close()
        self._open()

    def _open(self) -> None:
        client = self._connect()
        self._poll.register(client.fileno, select.EPOLLIN)
        self._idle.append(client)

    def _connect(self) -> Client:
        end_s = time.perf_counter() + _OPEN_TIMEOUT_S
        while True:
            try:
                return Client(self._port)
            except OSError:
                if time.perf_counter() > end_s:
                    raise
            time.sleep(0.01)

    def end(self) -> LoadResult:
        duration_s = time.perf_counter() - self._started_s
        for client in [*self._idle, *(client for client, _ in self._busy.values())]:
            client.close()
        n_requests = len(self._latencies) - self._n_refused
        n_errors = self._n_refused + self._n_broken + len(self._busy) + self._n_due - self._n_sent
        return LoadResult(n_requests, n_errors, duration_s, sorted(self._latencies))
