from __future__ import annotations

import itertools
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.testing.load.connection import Connection, Reply

WHOLE = b'HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 11\r\n\r\n{"a": 12345'
CHUNKED = b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"


@given(st.sampled_from([WHOLE, CHUNKED]), st.lists(st.integers(0, 80), max_size=6))
def test_a_reply_is_whole_at_its_last_byte_however_it_is_cut(data, cuts):
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[a:b] for a, b in itertools.pairwise(places)]
    reply = Reply()
    answers = [reply.feed(piece) for piece in pieces]
    assert answers == [False] * (len(pieces) - 1) + [True]
    assert reply.status == int(data[9:12])


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 abc\r\nContent-Length: 1\r\n\r\n",
    ],
)
def test_what_is_no_reply_is_refused(data):
    with pytest.raises(ValueError, match=r"HTTP|length|invalid"):
        Reply().feed(data)


def test_an_empty_body_and_a_closing_server_are_seen():
    reply = Reply()
    assert reply.feed(b"HTTP/1.1 204 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    assert reply.is_last
    assert not reply.shown()


def test_the_beginning_of_a_body_is_shown():
    reply = Reply()
    reply.feed(WHOLE)
    assert reply.shown() == '{"a": 12345'


def test_what_does_not_fit_is_sent_later():
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection(socket.AF_INET, server.getsockname())
        peer, _ = server.accept()
        with connection.socket, peer:
            data = bytes(range(256)) * 100_000
            assert not connection.carry(0, data)
            received = bytearray()
            peer.settimeout(5)
            while len(received) < len(data):
                received += peer.recv(1 << 20)
                if connection.rest:
                    connection.send_rest()
            assert received == data
            assert connection.rest == b""
