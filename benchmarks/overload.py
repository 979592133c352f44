"""A server that is asked for ten times what it can do: who is answered, how fast, and who is refused.

Serves a slow model (about 5 ms, one call a request) and the German credit model, which is answered on the
event loop. Each is asked at half of its capacity and then at ten times of it, open loop: requests are due
at fixed times, and a latency counts from the time at which its request was due. The first seconds of the
overload are left out, in which a crowd is still taken for one that ends soon.

Run it with `PYTHONPATH=tests python benchmarks/overload.py`.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import multiprocessing
import select
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from credit import NAME, credit_settings, single_bodies
from load_client import http_request, run_load
from process_tree import cpu_seconds, load_average

import headway
from crafted import ROW, crafted_plan
from headway.serving.plan import Limits
from running import running

if TYPE_CHECKING:
    from collections.abc import Sequence

N_CONNECTIONS = 512
ROUND_S = 6.0
LEFT_OUT_S = 2.5
# turns of the crafted model that take about 5 ms on a slow core
SPIN = 700
_CHUNK_BYTES = 1 << 16


@dataclasses.dataclass
class Round:
    """What one round saw, per reply that was due after `LEFT_OUT_S`.

    Attributes:
        latencies_s: By status, ascending.
        n_unsent: Requests that were due while every connection waited for a reply.
    """

    latencies_s: dict[int, list[float]]
    n_unsent: int

    def p99_ms(self, status: int) -> float:
        """Return the 99th percentile of the latencies of one status, in milliseconds."""
        found = self.latencies_s.get(status, [float("nan")])
        return found[int(len(found) * 0.99)] * 1000


def main() -> None:
    """Measure both models and print what came of it."""
    print(f"load average {load_average():.2f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        limits = Limits(max_batch_size=1)
        with running(folder, crafted_plan(folder, limits=limits, spin=SPIN)) as server:
            body = http_request("/predict", json.dumps({**ROW, "spin": SPIN}).encode())
            compare("slow model", server.port, server.pid, [body])
    with headway.serve(NAME, background=True, settings=credit_settings()) as server:
        bodies = [http_request(f"/models/{NAME}/predict", body) for body in single_bodies()]
        port = int(server.url.rpartition(":")[2])
        compare("credit, inline", port, server.pid, bodies)
    print(f"load average {load_average():.2f}")


def compare(name: str, port: int, pid: int, requests: Sequence[bytes]) -> None:
    """Measure the capacity, half of it and ten times of it, and print all."""
    alone = run_load(port, requests, n_clients=16, duration_s=2.0)
    capacity = alone.n_requests / alone.duration_s
    print(f"{name}: {capacity:,.0f} requests/s at most")
    for factor in (0.5, 10.0):
        before_s, before_kib = cpu_seconds(pid), rss_kib(pid)
        found = in_another_process(port, requests, capacity * factor)
        replies = {status: len(all_) for status, all_ in sorted(found.latencies_s.items())}
        print(
            f"  {factor:4.1f} x: replies {replies}, {found.n_unsent:,} not sent; "
            f"p99 of 200: {found.p99_ms(200):.1f} ms, of 503: {found.p99_ms(503):.1f} ms; "
            f"CPU {(cpu_seconds(pid) - before_s) / ROUND_S:.0%}, "
            f"RSS {before_kib // 1024} -> {rss_kib(pid) // 1024} MiB"
        )


def in_another_process(port: int, requests: Sequence[bytes], rate: float) -> Round:
    """Run one round in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(run_round, (port, list(requests), rate))


def run_round(port: int, requests: Sequence[bytes], rate: float) -> Round:
    """Send `rate` requests a second, each when it is due, over connections that are free."""
    connections = _Connections(port)
    started_s = time.perf_counter()
    n_due = 0
    while (now_s := time.perf_counter()) < started_s + ROUND_S:
        connections.keeps_from_s = started_s + LEFT_OUT_S
        while (due_s := started_s + n_due / rate) <= now_s:
            connections.send(requests[n_due % len(requests)], due_s)
            n_due += 1
        connections.receive(max(min(due_s - time.perf_counter(), 0.01), 0))
    connections.close()
    return connections.round()


class _Connections:
    """Connections to one server, each free or waiting for one reply."""

    def __init__(self, port: int) -> None:
        self.keeps_from_s = 0.0
        self._poll = select.epoll()
        self._all: dict[int, socket.socket] = {}
        for _ in range(N_CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._poll.register(connection, select.EPOLLIN)
            self._all[connection.fileno()] = connection
        self._free = collections.deque(self._all)
        self._replies = {fd: _Reply() for fd in self._all}
        self._due_s: dict[int, float] = {}
        self._latencies: dict[int, list[float]] = {}
        self._n_unsent = 0

    def send(self, request: bytes, due_s: float) -> None:
        if self._free:
            fd = self._free.popleft()
            self._all[fd].sendall(request)
            self._due_s[fd] = due_s
        else:
            self._n_unsent += due_s > self.keeps_from_s

    def receive(self, timeout_s: float) -> None:
        for fd, _ in self._poll.poll(timeout_s):
            status = self._replies[fd].status_after(self._all[fd].recv(_CHUNK_BYTES))
            if status is None:
                continue
            self._free.append(fd)
            due_s = self._due_s.pop(fd)
            if due_s > self.keeps_from_s:
                latency_s = time.perf_counter() - due_s
                self._latencies.setdefault(status, []).append(latency_s)

    def round(self) -> Round:
        return Round({k: sorted(v) for k, v in self._latencies.items()}, self._n_unsent)

    def close(self) -> None:
        for connection in self._all.values():
            connection.close()


class _Reply:
    """A reply that comes in pieces."""

    def __init__(self) -> None:
        self._bytes = b""

    def status_after(self, piece: bytes) -> int | None:
        """Return the status of the reply where it is complete now."""
        self._bytes += piece
        head, found, body = self._bytes.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if not found or len(body) < int(length):
            return None
        self._bytes = b""
        return int(head[9:12])


def rss_kib(pid: int) -> int:
    """Return the resident memory of a process and its children, in KiB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0]
    return int(own) + sum(rss_kib(int(child)) for child in children)


if __name__ == "__main__":
    main()
