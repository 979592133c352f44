from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from headway.monitoring.slots import Board, SlotState
from headway.serving.asgi import send_reply
from headway.supervisor import uvicorn
from headway.supervisor.acceptor import Share
from headway.supervisor.listener import bind_listener, listener_url
from headway.supervisor.uvicorn import HttpServer

if TYPE_CHECKING:
    from collections.abc import Callable


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send_reply(send, 200, b"text/plain", scope["path"].encode())


def only_one() -> Share:
    """What the only worker of a server may take: everything."""
    slot = Board.private().slot(0)
    slot.state = SlotState.READY
    return Share(slot, (), max_connections=100)


def serve_while(server: HttpServer, listener: socket.socket, ask: Callable[[], None]) -> None:
    """Serve until `ask`, in a thread of its own, has stopped the server."""
    loop = server.new_event_loop()
    client = threading.Thread(target=ask)

    async def serve() -> None:
        listening = asyncio.create_task(server.listen(listener))
        client.start()
        await listening

    loop.run_until_complete(serve())
    client.join()
    loop.close()


def test_it_answers_until_it_is_told_to_stop_and_leaves_signals_alone() -> None:
    listener = bind_listener("127.0.0.1", 0)
    url = listener_url(listener)
    server = HttpServer(app, only_one())
    before = signal.getsignal(signal.SIGTERM)
    answers: list[bytes] = []

    def ask() -> None:
        with urllib.request.urlopen(f"{url}/x", timeout=10) as reply:
            answers.append(reply.read())
            assert "server" not in reply.headers
        server.stop(1)

    serve_while(server, listener, ask)
    assert answers == [b"/x"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_endless_head_is_refused_and_a_long_body_is_not() -> None:
    listener = bind_listener("127.0.0.1", 0)
    server = HttpServer(app, only_one())
    replies: list[bytes] = []
    ends: list[bytes] = []

    def ask() -> None:
        address = listener.getsockname()
        with socket.create_connection(address, timeout=2) as connection:
            connection.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nX-Long: ")
            try:
                for _ in range(100):
                    connection.sendall(b"a" * 4096)
                    time.sleep(0.001)
                ends.append(connection.recv(4096)[:12])
            except ConnectionError:  # who goes on sending may be reset before the reply is read
                ends.append(b"reset")
            except TimeoutError:
                ends.append(b"waited for")
        with socket.create_connection(address, timeout=10) as connection:
            for size in (300_000, 4_000, 300_000):
                head = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size
                connection.sendall(head + b"a" * size)
                replies.append(connection.recv(4096))
        server.stop(1)

    serve_while(server, listener, ask)
    assert [reply[:12] for reply in replies] == [b"HTTP/1.1 200"] * 3
    assert ends[0] in {b"HTTP/1.1 431", b"", b"reset"}


def test_a_request_that_does_not_arrive_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uvicorn, "RECEIVE_TIMEOUT_S", 0.2)
    monkeypatch.setattr(uvicorn, "_TICKS_BETWEEN_SWEEPS", 1)
    listener = bind_listener("127.0.0.1", 0)
    server = HttpServer(app, only_one())
    replies: list[bytes] = []

    def ask() -> None:
        address = listener.getsockname()
        for begun in (b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", b"POST /x HT"):
            with socket.create_connection(address, timeout=10) as connection:
                connection.sendall(begun)
                replies.append(connection.recv(4096))
                while connection.recv(4096):
                    pass
        with socket.create_connection(address, timeout=10) as connection:
            time.sleep(0.5)  # idle, which is no request
            connection.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            replies.append(connection.recv(4096))
        server.stop(1)

    serve_while(server, listener, ask)
    # the app answers what it has the head of; the rest of such a request never comes
    assert replies[1].startswith(b"HTTP/1.1 408")
    assert replies[2].startswith(b"HTTP/1.1 200")
