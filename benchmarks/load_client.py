"""A closed-loop HTTP client on raw sockets: each connection sends its next request after its reply.

It needs nothing but the standard library, and asks so little CPU that one core feeds a server.
"""

from __future__ import annotations

import dataclasses
import itertools
import select
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CHUNK_BYTES = 1 << 20
_LAST_REPLY_S = 30.0
_LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclasses.dataclass(frozen=True)
class LoadResult:
    """What one run did.

    Attributes:
        n_requests: Replies with status 200.
        n_errors: Other replies, and requests without one.
        duration_s: Until the last reply.
        latencies_s: Of each reply, ascending.
    """

    n_requests: int
    n_errors: int
    duration_s: float
    latencies_s: Sequence[float]

    def quantile_s(self, share: float) -> float:
        """Return the latency that `share` of the replies did not exceed."""
        return self.latencies_s[min(int(share * len(self.latencies_s)), len(self.latencies_s) - 1)]


def http_request(path: str, body: bytes, content_type: str = "application/json") -> bytes:
    """Return the bytes of a POST over a connection that stays open."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def run_load(
    port: int, requests: Iterable[bytes], *, n_clients: int, duration_s: float
) -> LoadResult:
    """Send requests in turn over `n_clients` connections for `duration_s` seconds."""
    clients = [Client(port) for _ in range(n_clients)]
    by_fd = {client.fileno: client for client in clients}
    poll = select.epoll()
    for client in clients:
        poll.register(client.fileno, select.EPOLLIN)
    supply = itertools.cycle(requests)
    latencies: list[float] = []
    n_errors = 0
    started_s = now_s = time.perf_counter()
    end_s = started_s + duration_s
    for client in clients:
        client.send(next(supply))
    n_open = len(clients)
    # what is under way at the end is waited for: a server would work on it while another run is counted
    while n_open and now_s < end_s + _LAST_REPLY_S:
        for fd, _ in poll.poll(1.0):
            client = by_fd[fd]
            status = client.receive()
            if status is None:
                continue
            now_s = time.perf_counter()
            latencies.append(now_s - client.sent_s)
            n_errors += status != b"200"
            if now_s < end_s:
                client.send(next(supply))
            else:
                n_open -= 1
        now_s = time.perf_counter()
    for client in clients:
        client.close()
    n_requests = len(latencies) - n_errors
    return LoadResult(n_requests, n_errors + n_open, now_s - started_s, sorted(latencies))


class Client:
    """One connection, with one request at a time.

    Args:
        port: Of the server, on loopback.

    Attributes:
        fileno: For a selector.
        sent_s: When the last request was sent.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reply = b""
        self.fileno = self._socket.fileno()
        self.sent_s = 0.0

    def send(self, request: bytes) -> None:
        """Send a request; the last one has been answered."""
        self.sent_s = time.perf_counter()
        self._socket.sendall(request)

    def receive(self) -> bytes | None:
        """Return the status of a reply that is complete."""
        received = self._socket.recv(_CHUNK_BYTES)
        if not received:
            raise ConnectionResetError("the server closed a connection under load")
        self._reply += received
        head, found, body = self._reply.partition(b"\r\n\r\n")
        if not found:
            return None
        _, has_length, length = head.lower().partition(b"content-length: ")
        if has_length:
            is_complete = len(body) >= int(length.partition(b"\r\n")[0])
        else:
            is_complete = body.endswith(_LAST_CHUNK)
        if not is_complete:
            return None
        self._reply = b""
        return head[9:12]

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
