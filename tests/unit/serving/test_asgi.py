from __future__ import annotations

import asyncio

from asgi_client import Exchange
from headway.serving.asgi import closing, send_reply


def test_a_reply_has_its_length_and_its_headers() -> None:
    exchange = Exchange()
    asyncio.run(send_reply(exchange.send, 418, b"text/plain", b"short", ((b"a", b"b"),)))
    reply = exchange.reply()
    assert (reply.status, reply.body) == (418, b"short")
    assert reply.headers == {"content-type": "text/plain", "content-length": "5", "a": "b"}


def test_a_closing_reply_says_so_once() -> None:
    exchange = Exchange()
    asyncio.run(send_reply(closing(exchange.send), 200, b"text/plain", b"x"))
    assert exchange.messages[0]["headers"][-1] == (b"connection", b"close")
    assert "headers" not in exchange.messages[1]
