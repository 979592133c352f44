"""The process that makes load: `python -m headway.testing.load.generator`.

It reads runs from its standard input and writes what became of them to its standard output. It does
nothing else, so that no other work and no collection of garbage makes its requests late; and what it is
late by itself it says.
"""

from __future__ import annotations

import collections
import gc
import os
import select
import socket
import sys
import time
from array import array
from typing import TYPE_CHECKING

import msgspec

from headway.core.frames import FrameReader, frame
from headway.testing.load.connection import RECEIVE_BYTES, Connection
from headway.testing.load.wire import BROKEN, PENDING, TIMED_OUT, Load, Mark, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

_IN, _OUT, _HUNG_UP = select.EPOLLIN, select.EPOLLOUT, select.EPOLLHUP
_STDIN, _STDOUT = 0, 1
# so many are sent before replies are read again
_MOST_IN_A_ROW = 32
_LONGEST_WAIT_S = 0.05
_START_DELAY_S = 0.01


class ParentGoneError(Exception):
    """Whoever asked for the run lives no more."""


class Pool:
    """Connections to one server. The one that was free for longest is used first, so that all are.

    Args:
        host: Name or number.
        port: TCP port.

    Attributes:
        n_opened: How many were ever opened.
        n_most: How many were open at once.
    """

    def __init__(self, host: str, port: int) -> None:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self._family, self._address = found[0], found[4]
        self.epoll = select.epoll()
        self._by_fd: dict[int, Connection] = {}
        self._free: collections.deque[Connection] = collections.deque()
        self.n_opened = self.n_most = 0

    def open(self, count: int) -> None:
        """Open connections until there are `count`."""
        while len(self._by_fd) < count:
            self._free.append(self._opened())

    def take(self, limit: int) -> Connection | None:
        """Return a free connection, a new one where all are busy, `None` where there are `limit`."""
        if self._free:
            return self._free.popleft()
        return self._opened() if len(self._by_fd) < limit else None

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next request."""
        self._free.append(connection)

    def find(self, fd: int) -> Connection | None:
        """Return the connection of a file descriptor."""
        return self._by_fd.get(fd)

    def drop(self, connection: Connection) -> None:
        """Close a connection."""
        self._by_fd.pop(connection.fd, None)
        if connection.request < 0 and connection in self._free:
            self._free.remove(connection)
        connection.socket.close()  # epoll forgets it by itself

    def close(self) -> None:
        """Close all."""
        for connection in self._by_fd.values():
            connection.socket.close()
        self.epoll.close()

    def _opened(self) -> Connection:
        connection = Connection(self._family, self._address)
        self._by_fd[connection.fd] = connection
        self.epoll.register(connection.fd, _IN)
        self.n_opened += 1
        self.n_most = max(self.n_most, len(self._by_fd))
        return connection


class Run:
    """Sends the requests of one load when they are due, whatever has become of those before.

    Args:
        load: What is sent, and when.
        pool: Connections of the server.
        on_mark: Called once when the warm-up is over.
        parent_fd: Read end whose other side is held by whoever waits for the outcome.
    """

    def __init__(
        self, load: Load, pool: Pool, on_mark: Callable[[], None], parent_fd: int | None = None
    ) -> None:
        self._load = load
        self._pool = pool
        self._on_mark = on_mark
        self._parent_fd = parent_fd
        self._due_s = array("d", load.due_s)
        self._order = array("I", load.order)
        self._n = len(self._due_s)
        zeros = bytes(8 * self._n)
        self._taken_s, self._sent_s, self._done_s = (array("d", zeros) for _ in range(3))
        self._status = array("h", [PENDING]) * self._n
        self._carriers: dict[int, Connection] = {}
        self._waiting: collections.deque[int] = collections.deque()
        self._next = self._oldest = self._n_done = 0
        self._start_s = 0.0
        self._failure: str | None = None

    def run(self) -> Outcome:
        """Run to the end: every request is answered, broken or given up.

        Raises:
            ParentGoneError: Nobody waits for it any more.
        """
        pool, before = self._pool, self._pool.n_opened
        pool.n_most = 0
        pool.open(self._load.n_connections)
        if self._parent_fd is not None:
            pool.epoll.register(self._parent_fd, _HUNG_UP)
        busy_s = time.process_time()
        self._start_s = time.perf_counter() + _START_DELAY_S
        is_marked = False
        while self._n_done < self._n or not is_marked:
            now_s = self._send_due()
            if not is_marked and now_s >= self._load.mark_s:
                is_marked = True
                self._on_mark()
            self._give_up(now_s)
            self._handle(self._next_events(is_marked=is_marked))
        wall_s = time.perf_counter() - self._start_s
        if self._parent_fd is not None:
            pool.epoll.unregister(self._parent_fd)
        return Outcome(
            taken_s=self._taken_s.tobytes(),
            sent_s=self._sent_s.tobytes(),
            done_s=self._done_s.tobytes(),
            status=self._status.tobytes(),
            busy_ratio=min(1.0, (time.process_time() - busy_s) / max(wall_s, 1e-9)),
            n_connections=pool.n_most,
            n_opened=pool.n_opened - before,
            failure=self._failure,
        )

    def _send_due(self) -> float:
        """Send what is due, and return the time."""
        due_s, limit = self._due_s, self._load.max_connections
        last = min(self._n, self._next + _MOST_IN_A_ROW)
        now_s = time.perf_counter() - self._start_s
        while self._next < last and due_s[self._next] <= now_s:
            request = self._next
            self._next += 1
            self._taken_s[request] = now_s
            connection = None if self._waiting else self._pool.take(limit)
            if connection is None:
                self._waiting.append(request)
            else:
                self._send(connection, request)
            now_s = time.perf_counter() - self._start_s
        return now_s

    def _send(self, connection: Connection, request: int) -> None:
        self._sent_s[request] = time.perf_counter() - self._start_s
        self._carriers[request] = connection
        try:
            is_sent = connection.carry(request, self._load.requests[self._order[request]])
        except OSError as error:
            self._break(connection, _reason(error))
            return
        if not is_sent:
            self._pool.epoll.modify(connection.fd, _IN | _OUT)

    def _next_events(self, *, is_marked: bool) -> list[tuple[int, int]]:
        """Wait until something comes or is due, and return what came."""
        next_s = self._due_s[self._next] if self._next < self._n else float("inf")
        if not is_marked:
            next_s = min(next_s, self._load.mark_s)
        wait_s = min(next_s - (time.perf_counter() - self._start_s), _LONGEST_WAIT_S)
        if wait_s > 0:
            # epoll counts its time in milliseconds, select in microseconds
            select.select([self._pool.epoll], [], [], wait_s)
        return self._pool.epoll.poll(0)

    def _handle(self, events: list[tuple[int, int]]) -> None:
        for fd, event in events:
            connection = self._pool.find(fd)
            if connection is None:
                if fd == self._parent_fd:
                    raise ParentGoneError
                continue
            if event & _OUT and connection.rest:
                self._send_rest(connection)
            if event & ~_OUT:
                self._receive(connection)

    def _send_rest(self, connection: Connection) -> None:
        try:
            if connection.send_rest():
                self._pool.epoll.modify(connection.fd, _IN)
        except OSError as error:
            self._break(connection, _reason(error))

    def _receive(self, connection: Connection) -> None:
        if self._pool.find(connection.fd) is not connection:
            return  # it broke while its rest was sent
        try:
            data = connection.socket.recv(RECEIVE_BYTES)
            now_s = time.perf_counter() - self._start_s
            if not data:
                self._break(connection, "the server closed the connection before it had answered")
            elif connection.request < 0:
                self._break(connection, "the server sent something that nobody had asked for")
            elif connection.reply.feed(data):
                self._answered(connection, now_s)
        except BlockingIOError:
            return
        except (OSError, ValueError) as error:
            self._break(connection, _reason(error))

    def _answered(self, connection: Connection, now_s: float) -> None:
        reply = connection.reply
        if reply.status != 200 and self._failure is None:  # noqa: PLR2004
            self._failure = f"{reply.status}: {reply.shown()}"
        self._end(connection.request, reply.status, now_s)
        connection.request = -1
        if reply.is_last or connection.rest:
            self._pool.drop(connection)
        else:
            self._pool.give_back(connection)
        self._send_waiting()

    def _break(self, connection: Connection, reason: str) -> None:
        request = connection.request
        self._pool.drop(connection)
        if request >= 0:
            self._failure = self._failure or reason
            self._end(request, BROKEN, time.perf_counter() - self._start_s)
            self._send_waiting()

    def _give_up(self, now_s: float) -> None:
        """Give up the requests whose time is over."""
        begun_s = now_s - self._load.timeout_s
        while self._oldest < self._next:
            request = self._oldest
            if self._status[request] == PENDING:
                if self._due_s[request] > begun_s:
                    return
                self._failure = self._failure or f"no reply within {self._load.timeout_s:g} s"
                carrier = self._carriers.get(request)
                self._end(request, TIMED_OUT, now_s)
                if carrier is not None:
                    self._pool.drop(carrier)
                    self._send_waiting()
            self._oldest += 1

    def _end(self, request: int, status: int, now_s: float) -> None:
        self._status[request] = status
        self._done_s[request] = now_s
        self._n_done += 1
        self._carriers.pop(request, None)

    def _send_waiting(self) -> None:
        """Send the request that has waited longest, where there is one and a connection for it."""
        while self._waiting:
            if self._status[self._waiting[0]] != PENDING:
                self._waiting.popleft()
                continue
            connection = self._pool.take(self._load.max_connections)
            if connection is not None:
                self._send(connection, self._waiting.popleft())
            return


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def serve_runs(source: int, sink: int) -> None:
    """Do the runs that come from a file descriptor until its end, and write each outcome to another."""
    decoder, encode = msgspec.msgpack.Decoder(Load), msgspec.msgpack.encode
    pools: dict[tuple[str, int], Pool] = {}
    reader = FrameReader()
    while data := os.read(source, RECEIVE_BYTES):
        for message in reader.feed(data):
            load = decoder.decode(message)
            place = (load.host, load.port)
            pool = pools.get(place) or pools.setdefault(place, Pool(*place))
            gc.collect()
            gc.disable()
            run = Run(load, pool, lambda: _write(sink, frame(encode(Mark()))), source)
            outcome = run.run()
            gc.enable()
            _write(sink, frame(encode(outcome)))


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def main() -> int:
    """Serve the parent until it has no more runs."""
    try:
        serve_runs(_STDIN, _STDOUT)
    except ParentGoneError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
