"""Connections that are kept, broken, slow or endless, on real sockets, for both clients."""

from __future__ import annotations

import errno
import socket
import ssl
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpcore2
import pytest

from headway.client.attempts import Deadline
from headway.client.httpcore2 import transport
from headway.errors import DeadlineExceededError, HeadwayError, ServerError
from raw_server import Connection, RawServer, answering, response, trickling
from running import wait_until
from scripted_server import REPLY

if TYPE_CHECKING:
    from collections.abc import Callable

ROW = {"age": 41}
PREDICT = ("predict", ("credit", ROW), {})
MODELS = ("models", (), {})
FULL = response({}, status="503 Unavailable", headers="Retry-After: 0\r\n")
MODELS_REPLY = response({"models": []})


def test_a_connection_that_the_server_closed_while_it_was_idle_is_not_used(
    ask_all: Callable[..., list[Any]],
) -> None:
    with RawServer(answering(response())) as server:

        def closed() -> object:
            return wait_until(lambda: server.n_closed == len(server.requests))

        assert len(ask_all(server.url, PREDICT, closed, PREDICT, closed, PREDICT)) == 3
        assert len(server.requests) == server.n_connections == 3


def test_a_connection_that_is_said_to_be_closed_is_not_used(
    ask_all: Callable[..., list[Any]],
) -> None:
    reply = response(headers="Connection: close\r\n")
    with RawServer(answering(reply, reply, keep=True)) as server:
        assert len(ask_all(server.url, PREDICT, PREDICT)) == 2
        assert server.n_connections == 2


def test_503_twice_is_overcome_on_one_connection(ask: Callable[..., Any]) -> None:
    with RawServer(answering(FULL, FULL, response())) as server:
        assert ask(server.url, "predict", "credit", ROW).prediction == "good"
        assert len(server.requests) == 3
        assert server.n_connections == 1
        identities = {
            line for r in server.requests for line in r.split(b"\r\n") if b"X-Request" in line
        }
        assert len(identities) == 1


def end(how: str, after: bytes = b"") -> Callable[[RawServer, Connection], None]:
    """Return a script that takes a request and breaks instead of an answer."""

    def script(server: RawServer, connection: Connection) -> None:
        server.requests.append(connection.request())
        connection.send(after)
        getattr(connection, how)()

    return script


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("after", [b"", b"HTTP/1.1 200", response()[:-5]])
def test_a_prediction_that_may_have_been_made_is_not_sent_again(
    ask: Callable[..., Any], how: str, after: bytes
) -> None:
    with RawServer(end(how, after), answering(response())) as server:
        with pytest.raises(ServerError, match="broke before the reply was complete") as caught:
            ask(server.url, "predict", "credit", ROW)
        assert len(server.requests) == 1
        assert caught.value.request_id in server.requests[0].decode()
        assert "may have been answered" in (caught.value.hint or "")


@pytest.mark.parametrize("how", ["close", "reset"])
def test_also_not_where_the_connection_was_kept(
    ask_all: Callable[..., list[Any]], how: str
) -> None:
    """The server ends while the second request is under way: it may have been answered."""

    def script(server: RawServer, connection: Connection) -> None:
        server.requests.append(connection.request())
        connection.send(response())
        end(how)(server, connection)

    with RawServer(script, answering(response())) as server:
        with pytest.raises(ServerError, match="broke"):
            ask_all(server.url, PREDICT, PREDICT)
        assert len(server.requests) == 2


@pytest.mark.parametrize("how", ["close", "reset"])
def test_what_only_reads_is_sent_again(ask: Callable[..., Any], how: str) -> None:
    with RawServer(end(how), answering(MODELS_REPLY)) as server:
        assert ask(server.url, "models") == []
        assert len(server.requests) == 2


def test_a_request_that_was_cut_is_sent_again(ask: Callable[..., Any]) -> None:
    """The server goes away before it has the body, so it cannot have begun."""

    def leave(server: RawServer, connection: Connection) -> None:
        connection.peer.recv(100)
        connection.reset()

    rows = [{"text": "a" * 1000}] * 20_000  # more than what a socket takes at once
    several = {"prediction": ["good"] * 20_000, "prediction_ids": ["a"] * 20_000}
    reply = response({key: v for key, v in REPLY.items() if key != "prediction_id"} | several)
    with RawServer(leave, answering(reply)) as server:
        assert len(ask(server.url, "predict", "credit", rows).prediction) == 20_000
        assert len(server.requests) == 1


def test_a_refusal_before_the_whole_request_was_taken_is_read(ask: Callable[..., Any]) -> None:
    """A server may say 413 and hang up without reading what it does not want."""
    refusal = response(
        {"code": "input.too_large", "detail": "too large"},
        status="413 Too Large",
        headers="Connection: close\r\n",
    )

    def refuse(server: RawServer, connection: Connection) -> None:
        connection.peer.recv(100)
        connection.send(refusal)
        connection.peer.shutdown(socket.SHUT_WR)
        while connection.peer.recv(65536):
            pass

    with RawServer(refuse) as server:
        with pytest.raises(HeadwayError, match="too large") as caught:
            ask(server.url, "predict", "credit", [{"text": "a" * 1000}] * 5000)
        assert caught.value.status == 413
        assert server.n_connections == 1


@pytest.mark.parametrize(
    "garbage",
    [b"\x00\x01\x02\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"x" * 200_000],
)
def test_garbage_is_a_server_error(ask: Callable[..., Any], garbage: bytes) -> None:
    with RawServer(answering(garbage)) as server:
        with pytest.raises(ServerError, match="broke"):
            ask(server.url, "predict", "credit", ROW)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "data", [response(), response()[-40:] + b"\r\n" * 200], ids=["all", "head"]
)
def test_a_byte_now_and_then_does_not_move_the_deadline(
    ask: Callable[..., Any], data: bytes
) -> None:
    with RawServer(trickling(b"HTTP/1.1 200 OK\r\nX: " + data, 0.02)) as server:
        started_s = time.monotonic()
        with pytest.raises(DeadlineExceededError, match="the reply"):
            ask(server.url, "predict", "credit", ROW, timeout_s=0.3)
        assert time.monotonic() - started_s < 1
        assert len(server.requests) == 1


def test_a_body_byte_by_byte_does_not_move_the_deadline(ask: Callable[..., Any]) -> None:
    def script(server: RawServer, connection: Connection) -> None:
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not server.ended.wait(0.02):
            connection.send(b" ")

    with RawServer(script) as server, pytest.raises(DeadlineExceededError, match="the reply"):
        ask(server.url, "predict", "credit", ROW, timeout_s=0.3)


def test_a_server_that_takes_nothing_is_a_deadline(ask: Callable[..., Any]) -> None:
    def script(server: RawServer, connection: Connection) -> None:
        server.ended.wait()

    with RawServer(script) as server, pytest.raises(DeadlineExceededError, match="to be taken"):
        ask(server.url, "predict", "credit", [{"text": "a" * 1000}] * 20_000, timeout_s=0.5)


def test_an_endless_reply_is_given_up(
    ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_REPLY_BYTES", 1_000_000)

    def script(server: RawServer, connection: Connection) -> None:
        server.requests.append(connection.request())
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not server.ended.is_set():
            connection.peer.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")

    with RawServer(script) as server:
        with pytest.raises(ServerError, match="more than 1000000 bytes"):
            ask(server.url, "predict", "credit", ROW)
        assert len(server.requests) == 1


def test_more_calls_than_connections_wait_for_one(
    ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(transport._POOL, "max_connections", 0)
    with pytest.raises(DeadlineExceededError, match="of this client to be free"):
        ask("http://127.0.0.1:9", "predict", "credit", ROW, timeout_s=0.1)


def test_an_ipv6_address_is_asked(ask: Callable[..., Any]) -> None:
    try:
        server = RawServer(answering(response()), host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    with server:
        assert ask(server.url, "predict", "credit", ROW).prediction == "good"
        assert f"Host: {server.url.removeprefix('http://')}".encode() in server.requests[0]


def test_a_name_that_nobody_knows_is_said(ask: Callable[..., Any]) -> None:
    with pytest.raises(ServerError, match="no address is known for http://nowhere"):
        ask("http://nowhere.invalid", "predict", "credit", ROW)


def test_a_fault_of_this_machine_is_not_laid_at_the_servers_door() -> None:
    error = httpcore2.ConnectError(OSError(errno.EMFILE, "Too many open files"))
    found = transport.failure(error, "http://models", Deadline(1))
    assert "Too many open files" in found.error.message
    assert found.is_unsent


def test_a_server_without_tls_is_said(ask: Callable[..., Any]) -> None:
    with RawServer(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10)) as server:
        url = server.url.replace("http://", "https://")

        def refuse(_: RawServer, connection: Connection) -> None:
            connection.peer.recv(10)
            connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        server._scripts = [refuse]
        with pytest.raises(ServerError, match="does not speak TLS") as caught:
            ask(url, "predict", "credit", ROW)
        assert server.n_connections == 1
        assert "http://" in (caught.value.hint or "")


def test_a_certificate_is_checked_against_the_file_of_the_environment(
    ask: Callable[..., Any], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def script(server: RawServer, connection: Connection) -> None:
        try:
            connection.peer = context.wrap_socket(connection.peer, server_side=True)
        except ssl.SSLError:
            return
        answering(response(), response())(server, connection)

    with RawServer(script) as server:
        url = server.url.replace("http://", "https://")
        with pytest.raises(ServerError, match="is not trusted") as caught:
            ask(url, "predict", "credit", ROW)
        assert "SSL_CERT_FILE" in (caught.value.hint or "")
        assert server.n_connections == 1
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert ask(url, "predict", "credit", ROW).prediction == "good"
