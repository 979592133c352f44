"""What is refused before the admin API looks at a request: browsers from elsewhere, and endless bodies.

A page that somebody looks at can make their browser ask an address of their own machine. The browser says
so: by `Origin` and `Sec-Fetch-Site`, or by a `Host` that is none of ours where the page's own name was made
to lead here (DNS rebinding). There are no cookies, so that nothing is sent along unasked.

Invariant: no more of a body is kept than `MAX_BODY_BYTES`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from headway.core.ids import new_id
from headway.errors import (
    HeadwayError,
    InputTooLargeError,
    MalformedInputError,
    PermissionDeniedError,
    UnsupportedMediaTypeError,
)
from headway.security.exposure import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headway.dashboard.ports import Problems

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 8 * 1024 * 1024
RECEIVE_TIMEOUT_S = 30.0
# balancers ask by address
PROBES = frozenset({"/healthz", "/readyz"})
_NO_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
_SAFE_SITES = frozenset({b"same-origin", b"none"})
_MAX_NAME = 100
_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


class Guard:
    """An ASGI app before another one.

    Args:
        app: What answers.
        problems: Says what was refused.
        host: Address that is listened on.
        trusted_hosts: Further values of `Host` that are answered, `*.example.org` included.
    """

    def __init__(
        self, app: App, problems: Problems, host: str, trusted_hosts: Iterable[str] = ()
    ) -> None:
        self._app = app
        self._problems = problems
        self._trusted = frozenset(name.lower() for name in trusted_hosts)
        # whoever listens to a network is called by names that nobody knows here, and asks for a key
        self._is_any_host = not is_loopback(host) and not self._trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            return
        request_id = new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        send = _with_headers(send, request_id)
        try:
            headers = dict(scope["headers"])
            if scope["path"] not in PROBES:
                self._check_caller(scope["scheme"], headers)
            body = await _body(scope["method"], headers, receive)
        except HeadwayError as error:
            reply = self._problems.reply(error, path=scope["path"], request_id=request_id)
            await send_problem(send, reply.status, reply.body, reply.headers)
            return
        if body is not None:
            await self._app(scope, _replayed(body, receive), send)

    def _check_caller(self, scheme: str, headers: dict[bytes, bytes]) -> None:
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if not self._is_any_host and not self._knows(_name(host)):
            raise MalformedInputError(
                f"this server is not called `{host[:_MAX_NAME]}`",
                hint="ask it as 127.0.0.1 or localhost, or add the name to `server.trusted_hosts`",
            )
        origin = headers.get(b"origin")
        site = headers.get(b"sec-fetch-site", b"none")
        is_own = origin is None or origin.decode("latin-1").lower() == f"{scheme}://{host}"
        if not is_own or site not in _SAFE_SITES:
            raise PermissionDeniedError("pages from elsewhere are not answered here")

    def _knows(self, name: str) -> bool:
        parent = "*." + name.partition(".")[2]
        return is_loopback(name) or name in self._trusted or parent in self._trusted


async def send_problem(
    send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]]
) -> None:
    """Send a problem document, and let the client open another connection for its next request."""
    start = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


async def _body(method: str, headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
    """Return the whole body, `None` where the client left before its end."""
    if method in _NO_BODY:
        return b""
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        raise UnsupportedMediaTypeError(
            "the admin API reads JSON only", hint="send `Content-Type: application/json`"
        )
    chunks: list[bytes] = []
    n_bytes, is_more = 0, True
    try:
        async with asyncio.timeout(RECEIVE_TIMEOUT_S):
            while is_more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                chunks.append(message.get("body", b""))
                n_bytes += len(chunks[-1])
                is_more = message.get("more_body", False)
                if n_bytes > MAX_BODY_BYTES:
                    raise InputTooLargeError(f"the body has more than {MAX_BODY_BYTES} bytes")
    except TimeoutError:
        raise MalformedInputError(
            f"the body was not complete after {RECEIVE_TIMEOUT_S:g} s"
        ) from None
    return b"".join(chunks)


def _replayed(body: bytes, receive: Receive) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


def _with_headers(send: Send, request_id: str) -> Send:
    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            more = [*_HEADERS, (b"x-request-id", request_id.encode())]
            message["headers"] = [*message.get("headers", ()), *more]
        await send(message)

    return send_more


def _name(host: str) -> str:
    """Return the name in a value of `Host`, without the port.

    Examples:
        >>> _name("localhost:8002"), _name("[::1]:8002"), _name("[::1]")
        ('localhost', '[::1]', '[::1]')
    """
    name, bracket, _ = host.partition("]")
    return name + bracket if bracket else host.partition(":")[0]
