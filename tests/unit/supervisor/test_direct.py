"""An ordinary request is answered at once, whatever else comes goes through ASGI, and order is kept."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from headway.monitoring.slots import Board, SlotState
from headway.serving.asgi import send_reply
from headway.supervisor.acceptor import Share
from headway.supervisor.direct import DirectProtocol
from headway.supervisor.listener import bind_listener
from headway.supervisor.uvicorn import HttpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.serving.asgi import Header


class Both:
    """Answers directly where the body says so, and says in each reply which way it came."""

    direct_urls = frozenset({b"/direct"})

    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[[bytes], None], bytes]] = []

    def begin(
        self,
        _url: bytes,
        headers: list[Header],
        body: bytes,
        _arrived_s: float,
        reply: Callable[[bytes], None],
    ) -> bool:
        if body.startswith(b"refuse"):
            return False
        if body.startswith(b"raise"):
            raise RuntimeError("odd")
        text = b"direct " + body + b" " + dict(headers).get(b"x-tag", b"")
        self.waiting.append((reply, text))
        asyncio.get_running_loop().call_later(0.05, self.end_turn)
        return True

    def end_turn(self) -> None:
        waiting, self.waiting = self.waiting, []
        for reply, text in waiting:
            reply(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(text), text))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        await send_reply(send, 200, b"text/plain", b"asgi " + scope["path"].encode() + b" " + body)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    listener = bind_listener("127.0.0.1", 0)
    slot = Board.private().slot(0)
    slot.state = SlotState.READY
    share = Share(slot, (), max_connections=100)
    server = HttpServer(Both(), share, None, DirectProtocol)
    loop = server.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.listen(listener)))
    thread.start()
    yield listener.getsockname()[1]
    server.stop(1)
    thread.join()
    loop.close()


def post(path: str, body: bytes, *headers: str) -> bytes:
    head = "\r\n".join(
        [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    )
    return head.encode() + b"\r\n\r\n" + body


@contextlib.contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        yield connection


def texts(connection: socket.socket, count: int) -> list[bytes]:
    """Return the bodies of so many replies."""
    found, data = [], b""
    while len(found) < count:
        head, complete, rest = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if complete and len(rest) >= length:
            found.append(rest[:length])
            data = rest[length:]
            continue
        chunk = connection.recv(65_536)
        assert chunk, (found, data)
        data += chunk
    return found


@pytest.mark.parametrize(
    ("request_bytes", "expected"),
    [
        (post("/direct", b"1", "X-Tag: a"), b"direct 1 a"),
        (post("/direct", b"2", "X-Tag: b", "Connection: keep-alive"), b"direct 2 b"),
        (
            (
                b"POST /direct HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
            ),
            b"direct abc ",
        ),
        (post("/direct", b"refuse"), b"asgi /direct refuse"),
        (post("/direct", b"raise"), b"asgi /direct raise"),
        (post("/direct?x=1", b"3"), b"asgi /direct 3"),
        (post("/other", b"4"), b"asgi /other 4"),
        (post("/direct", b"5", "Connection: close"), b"asgi /direct 5"),
        (b"POST /direct HTTP/1.0\r\nContent-Length: 1\r\n\r\n6", b"asgi /direct 6"),
        (b"GET /direct HTTP/1.1\r\nHost: x\r\n\r\n", b"asgi /direct "),
    ],
)
def test_only_an_ordinary_request_goes_the_short_way(
    port: int, request_bytes: bytes, expected: bytes
) -> None:
    with connected(port) as connection:
        connection.sendall(request_bytes)
        assert texts(connection, 1) == [expected]


def test_a_body_that_comes_in_pieces_goes_the_ordinary_way(port: int) -> None:
    request = post("/direct", b"in pieces")
    with connected(port) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (request[:-4], request[-4:-2]):
            connection.sendall(piece)
            connection.settimeout(0.1)
            with pytest.raises(TimeoutError):
                connection.recv(1)
        connection.settimeout(10)
        connection.sendall(request[-2:])
        assert texts(connection, 1) == [b"asgi /direct in pieces"]


def test_replies_to_requests_that_were_sent_ahead_keep_their_order(port: int) -> None:
    bodies = [b"0", b"refuse1", b"2", b"3", b"refuse4", b"5"]
    with connected(port) as connection:
        connection.sendall(b"".join(post("/direct", body) for body in bodies))
        connection.sendall(post("/other", b"6"))
        found = texts(connection, 7)
    assert [text.split()[-1] for text in found] == [*bodies, b"6"]


def test_a_client_that_leaves_harms_nobody(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(post("/direct", b"gone"))
    with connected(port) as connection:
        connection.sendall(post("/direct", b"still"))
        assert texts(connection, 1) == [b"direct still "]
        connection.sendall(b"POST /direct HTTP/1.1\r\nbroken\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_who_does_not_read_is_answered_by_what_waits_for_it() -> None:
    protocol = idle_protocol()
    assert protocol._may_be_direct()
    protocol.pause_writing()
    assert not protocol._may_be_direct()
    protocol.resume_writing()
    assert protocol._may_be_direct()


def test_a_server_that_ends_replies_first_to_what_it_took_on() -> None:
    protocol = idle_protocol()
    app: Any = protocol.app
    replies: list[bytes] = []
    app.waiting.append((replies.append, b"taken on"))
    protocol._is_answering = True
    protocol.shutdown()
    assert len(replies) == 1
    assert replies[0].endswith(b"taken on")


def idle_protocol() -> DirectProtocol:
    """Return one that has read the head of an ordinary request, on a transport that goes nowhere."""
    config = Config(Both(), interface="asgi3", log_config=None, proxy_headers=False)  # type: ignore[arg-type]
    loop = asyncio.new_event_loop()
    protocol = DirectProtocol(config, ServerState(), {}, loop)
    protocol.connection_made(Nowhere())
    head = b"POST /direct HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
    protocol.parser.feed_data(head)
    loop.close()
    return protocol


class Nowhere(asyncio.Transport):
    """Takes what is written."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        pass

    def write(self, data: object) -> None:
        pass

    def close(self) -> None:
        pass
