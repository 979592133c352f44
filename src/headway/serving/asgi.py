"""The words of ASGI, and how a reply is sent."""

from __future__ import annotations

import functools
import http
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

Header = tuple[bytes, bytes]

JSON = b"application/json"
# key of a scope: when the last byte of the request arrived, by the monotonic clock
RECEIVED_S = "headway.received_s"
_CLOSE: Header = (b"connection", b"close")


async def send_reply(
    send: Send, status: int, content_type: bytes, body: bytes, headers: Iterable[Header] = ()
) -> None:
    """Send a whole reply.

    Args:
        send: Of the request.
        status: HTTP status.
        content_type: Of the body.
        body: The whole body; the server leaves it out of the reply to a HEAD.
        headers: Further headers.
    """
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", content_type),
                (b"content-length", b"%d" % len(body)),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


def http_reply(
    status: int, content_type: bytes, body: bytes, headers: Iterable[Header] = ()
) -> bytes:
    r"""Return the bytes of a whole reply of HTTP/1.1.

    Args:
        status: HTTP status.
        content_type: Of the body.
        body: The whole body.
        headers: Further headers; values hold no control characters.

    Examples:
        >>> http_reply(200, b"text/plain", b"hello", [(b"x-request-id", b"7")]).split(b"\r\n")[:2]
        [b'HTTP/1.1 200 OK', b'content-type: text/plain']
    """
    further = b"".join([b"%s: %s\r\n" % header for header in headers])
    return b"%scontent-type: %s\r\ncontent-length: %d\r\n%s\r\n%s" % (
        _status_line(status),
        content_type,
        len(body),
        further,
        body,
    )


@functools.cache
def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}\r\n".encode()


def closing(send: Send) -> Send:
    """Return a `send` that tells the client to open another connection for its next request."""

    async def send_and_close(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], _CLOSE]
        await send(message)

    return send_and_close
