"""Clients that mean harm: requests that two servers would read differently, and connections that never end."""

from __future__ import annotations

import contextlib
import json
import re
import resource
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crafted import ROW, crafted_plan
from headway.supervisor.descriptors import make_room
from headway.supervisor.uvicorn import MAX_HEAD_BYTES
from running import Running, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

N_IDLE = 1000
FEW = 5
BODY = json.dumps(ROW).encode()
HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
NEXT = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
STATUS = re.compile(rb"HTTP/1\.[01] (\d+)")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    with running(folder, crafted_plan(folder)) as server:
        yield server


@pytest.fixture(autouse=True)
def it_lives_on(server: Running) -> Iterator[None]:
    yield
    assert server.predict(ROW).status == 200


def connect(server: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def exchange(server: Running, data: bytes) -> bytes:
    """Send bytes, and return all that comes until the server closes the connection."""
    received = b""
    with connect(server) as client, contextlib.suppress(ConnectionError):
        client.sendall(data)
        while got := client.recv(65536):
            received += got
    return received


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in STATUS.findall(received)]


@pytest.mark.parametrize(
    "first",
    {
        "two lengths": HEAD + LENGTH + b"Content-Length: 1\r\n\r\n" + BODY,
        "the same length twice": HEAD + LENGTH * 2 + b"\r\n" + BODY,
        "a list of lengths": HEAD + b"Content-Length: 5, 5\r\n\r\n" + BODY,
        "a length and chunks": HEAD + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n" + CHUNKS,
        "chunks and a length": HEAD + CHUNKED + b"Content-Length: 5\r\n\r\n" + CHUNKS,
        "an unknown coding": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNKS,
        "chunked, but not last": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNKS,
        "chunked twice": HEAD + CHUNKED * 2 + b"\r\n" + CHUNKS,
        "a space before the colon": HEAD + b"Transfer-Encoding : chunked\r\n\r\n" + CHUNKS,
        "another space": HEAD + b"Transfer-Encoding:\x0bchunked\r\n\r\n" + CHUNKS,
        "a signed length": HEAD + b"Content-Length: +5\r\n\r\n" + BODY,
        "a negative length": HEAD + b"Content-Length: -1\r\n\r\n" + BODY,
        "a hexadecimal length": HEAD + b"Content-Length: 0x5\r\n\r\n" + BODY,
        "a length beyond numbers": HEAD + b"Content-Length: 99999999999999999999\r\n\r\n" + BODY,
        "lines that end in LF": HEAD.replace(b"\r", b"") + b"Content-Length: 5\n\n" + BODY,
        "one line that ends in LF": HEAD + b"X: y\n" + LENGTH + b"\r\n" + BODY,
        "a line that ends in CR": HEAD + b"X: y\rContent-Length: 5\r\n\r\n" + BODY,
        "a folded line": HEAD + b"X: y\r\n z\r\n" + LENGTH + b"\r\n" + BODY,
        "a zero byte": HEAD + b"X: y\x00z\r\n" + LENGTH + b"\r\n" + BODY,
        "a chunk that ends in LF": HEAD + CHUNKED + b"\r\n" + CHUNKS.replace(b"\r", b""),
        "a chunk longer than it says": HEAD
        + CHUNKED
        + b"\r\n"
        + CHUNKS.replace(BODY, BODY + b"XX"),
        "a chunk beyond numbers": HEAD + CHUNKED + b"\r\n" + b"f" * 18 + b"\r\n" + BODY,
        "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "TLS": bytes.fromhex("160301020001000100"),
        "a tunnel": b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    }.items(),
    ids=lambda item: item[0],
)
def test_what_two_servers_could_read_differently_is_refused_with_all_that_follows(
    server: Running, first: tuple[str, bytes]
) -> None:
    received = exchange(server, first[1] + NEXT)
    # the request behind it is not answered: nobody knows where it begins
    assert statuses(received) == [400]


def test_a_body_is_never_read_as_the_next_request(server: Running) -> None:
    hidden = b"GET /models HTTP/1.1\r\nHost: x\r\n\r\n"
    first = b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(hidden)
    received = exchange(server, first + hidden + NEXT)
    assert statuses(received) == [200, 200]
    assert received.count(b'"alive"') == 2


def test_requests_one_behind_the_other_are_answered_in_their_order(server: Running) -> None:
    one = HEAD + LENGTH + b"\r\n" + BODY
    chunked = HEAD + CHUNKED + b"\r\n" + CHUNKS
    received = exchange(server, one + chunked + HEAD + b"Content-Length: 1\r\n\r\n{" + NEXT)
    assert statuses(received) == [200, 200, 400, 200]
    assert received.endswith(b'{"status":"alive"}')


@pytest.mark.parametrize(
    "begun", [b"", b"POST", HEAD, HEAD + LENGTH + b"\r\n", HEAD + LENGTH + b"\r\n" + BODY[:9]]
)
def test_a_client_that_sends_no_more_is_let_go(server: Running, begun: bytes) -> None:
    with connect(server) as client:
        client.sendall(begun)
        client.shutdown(socket.SHUT_WR)
        assert statuses(client.recv(65536)) in ([], [400])


def test_a_head_without_an_end_is_refused_while_it_is_sent(server: Running) -> None:
    line = b"X-Filler: " + b"x" * 1000 + b"\r\n"
    with connect(server) as client, contextlib.suppress(ConnectionError):
        client.sendall(HEAD)
        for _ in range(20 * MAX_HEAD_BYTES // len(line)):
            client.sendall(line)
        assert statuses(client.recv(65536)) in ([431], [400])
    for long in (b"GET /" + b"x" * 2 * MAX_HEAD_BYTES, HEAD + b"x" * 2 * MAX_HEAD_BYTES):
        assert statuses(exchange(server, long)) in ([431], [400], [])


def resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


def n_sockets(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def test_a_thousand_slow_and_idle_connections_hold_nobody_up_and_leave_nothing_behind(
    server: Running,
) -> None:
    """Slow loris: half of them have begun a request that never ends."""
    make_room(N_IDLE)
    before = n_sockets(server.pid)
    sizes = []
    for _ in range(3):
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(connect(server)) for _ in range(N_IDLE)]
            for number, client in enumerate(clients):
                client.sendall(b"" if number % 2 else HEAD + LENGTH + b"\r\n" + BODY[:5])
            wait_until(lambda: n_sockets(server.pid) >= before + N_IDLE)
            for client in clients[::50]:
                client.sendall(b"x")
            assert {server.predict(ROW).status for _ in range(20)} == {200}
            sizes.append(resident_bytes(server.pid))
        # the event loop keeps a spare descriptor from the first connection on
        wait_until(lambda: n_sockets(server.pid) <= before + FEW)
    # the first round makes room; the others use it again
    assert sizes[2] - sizes[0] < 4 * 1024 * 1024
    # a connection costs some kilobytes
    assert sizes[0] < 400 * 1024 * 1024


def test_a_worker_without_a_descriptor_left_says_so_once_and_goes_on(server: Running) -> None:
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    taken = {int(entry.name) for entry in Path(f"/proc/{server.pid}/fd").iterdir()}
    # the lowest free numbers are the next ones, whatever connections before have left above them
    most = min(set(range(len(taken) + 1)) - taken) + 5
    with contextlib.closing(server.connect()) as open_already:
        open_already.request("GET", "/healthz")
        assert open_already.getresponse().read()
        limits = resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (most, hard))
        try:
            with contextlib.ExitStack() as stack:
                waiting = [stack.enter_context(connect(server)) for _ in range(20)]
                wait_until(lambda: "Too many open files" in server.log.read_text())
                open_already.request("POST", "/predict", BODY, {"Content-Type": "application/json"})
                assert open_already.getresponse().status == 200
                # whoever waits is answered when others have left
                for client in waiting[:-1]:
                    client.close()
                waiting[-1].sendall(NEXT)
                assert statuses(waiting[-1].recv(65536)) == [200]
        finally:
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, limits)
    assert server.log.read_text().count("Too many open files") == 1
