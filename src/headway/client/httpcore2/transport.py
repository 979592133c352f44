"""How bytes travel: connections that are kept, over httpcore2.

Invariant: a failure says whether the last byte of the request was handed to the connection.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from typing import TYPE_CHECKING, Any

import httpcore2

from headway.client.exchange import Answer, Call, Failure
from headway.client.httpcore2.streams import AsyncBackend, Backend, CutError
from headway.errors import DeadlineExceededError, ServerError

if TYPE_CHECKING:
    from headway.client.address import Address
    from headway.client.attempts import Deadline

Headers = list[tuple[bytes, bytes]]

MAX_REPLY_BYTES = 256 * 1024 * 1024
# A Headway server keeps connections for 75 s and others for 5 s or more: given up before that, a
# connection is not used in the moment in which it is closed.
KEEP_ALIVE_S = 4.0
_POOL: dict[str, Any] = {
    "max_connections": 100,
    "max_keepalive_connections": 100,
    "keepalive_expiry": KEEP_ALIVE_S,
}
# of this machine, not of the server
_OWN_FAULTS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENETUNREACH, errno.EADDRNOTAVAIL})
_STAGES: dict[type[Exception], str] = {
    httpcore2.ConnectTimeout: "a connection",
    httpcore2.PoolTimeout: "a connection of this client to be free",
    httpcore2.WriteTimeout: "the request to be taken",
    httpcore2.ReadTimeout: "the reply",
}


class ReplyTooLargeError(Exception):
    """A reply is longer than what is kept."""


class Transport:
    """Sends requests from any thread, and from any process that is forked after it was made.

    Args:
        address: Of the server.
        headers: Of every request.
    """

    def __init__(self, address: Address, headers: Headers) -> None:
        self._address = address
        self._headers = headers
        self._tls = tls_context(address)
        # by process: a child must not write into connections of its parent
        self._pools: dict[int, httpcore2.ConnectionPool] = {}
        self._is_closed = False

    def send(self, call: Call, deadline: Deadline) -> Answer | Failure:
        """Send a request once.

        Raises:
            RuntimeError: The transport is closed.
        """
        body = Body()
        try:
            with self._pool().stream(
                call.verb,
                target(self._address, call),
                headers=headers_of(call, self._headers),
                content=call.body,
                extensions=limits(deadline),
            ) as response:
                for chunk in response.iter_stream():
                    body.add(chunk)
                return body.answer(response)
        except FAILURES as error:
            return failure(error, self._address.url, deadline)

    def close(self) -> None:
        """Close the connections. Closing twice is fine."""
        self._is_closed = True
        for process, pool in self._pools.items():
            if process == os.getpid():
                pool.close()
                continue
            # a thread of the parent may have held the pool's lock when this process was forked
            for connection in pool.connections:
                connection.close()

    def _pool(self) -> httpcore2.ConnectionPool:
        if self._is_closed:
            raise closed()
        pool = self._pools.get(os.getpid())
        if pool is None:
            fresh = httpcore2.ConnectionPool(self._tls, network_backend=Backend(), **_POOL)
            pool = self._pools.setdefault(os.getpid(), fresh)
        return pool


class AsyncTransport:
    """Sends requests from the tasks of one event loop.

    Args:
        address: Of the server.
        headers: Of every request.
    """

    def __init__(self, address: Address, headers: Headers) -> None:
        self._address = address
        self._headers = headers
        self._tls = tls_context(address)
        self._pool: httpcore2.AsyncConnectionPool | None = None
        self._home: tuple[int, asyncio.AbstractEventLoop] | None = None
        self._is_closed = False

    async def send(self, call: Call, deadline: Deadline) -> Answer | Failure:
        """Send a request once.

        Raises:
            RuntimeError: The transport is closed, or another event loop has used it.
        """
        body = Body()
        try:
            async with self._pool_here().stream(
                call.verb,
                target(self._address, call),
                headers=headers_of(call, self._headers),
                content=call.body,
                extensions=limits(deadline),
            ) as response:
                async for chunk in response.aiter_stream():
                    body.add(chunk)
                return body.answer(response)
        except FAILURES as error:
            return failure(error, self._address.url, deadline)

    async def close(self) -> None:
        """Close the connections. Closing twice is fine."""
        self._is_closed = True
        if self._pool is not None:
            await self._pool.aclose()

    def _pool_here(self) -> httpcore2.AsyncConnectionPool:
        if self._is_closed:
            raise closed()
        home = (os.getpid(), asyncio.get_running_loop())
        if self._pool is not None and self._home is not None:
            if self._home == home:
                return self._pool
            if self._home[0] == home[0]:
                raise RuntimeError(
                    "this client has connections in another event loop; make one in each loop"
                )
        self._home = home
        self._pool = httpcore2.AsyncConnectionPool(
            self._tls, network_backend=AsyncBackend(), **_POOL
        )
        return self._pool


class Body:
    """Collects a reply, up to a limit."""

    __slots__ = ("_chunks", "_n_bytes")

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._n_bytes = 0

    def add(self, chunk: bytes) -> None:
        """Take the next piece.

        Raises:
            ReplyTooLargeError: It is one too many.
        """
        self._n_bytes += len(chunk)
        if self._n_bytes > MAX_REPLY_BYTES:
            raise ReplyTooLargeError
        self._chunks.append(chunk)

    def answer(self, response: httpcore2.Response) -> Answer:
        """Return the whole."""
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        return Answer(response.status, b"".join(self._chunks), headers)


FAILURES = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    ReplyTooLargeError,
)


def failure(error: Exception, url: str, deadline: Deadline) -> Failure:
    """Return what went wrong with an attempt.

    Args:
        error: One of `FAILURES`.
        url: Of the server.
        deadline: Of the call.
    """
    if isinstance(error, httpcore2.TimeoutException):
        late = DeadlineExceededError(
            f"{url} did not answer in time: waited {deadline.waited_s:.2f} of "
            f"{deadline.timeout_s:g} s, in the end for {_STAGES[type(error)]}",
            hint="give a larger `timeout_s`, or ask for fewer rows at once",
        )
        return Failure(late, is_passing=False)
    if isinstance(error, httpcore2.ConnectError):
        return _no_connection(error, url)
    if isinstance(error, ReplyTooLargeError):
        large = ServerError(
            f"the reply of {url} has more than {MAX_REPLY_BYTES} bytes",
            hint="ask for fewer rows at once",
        )
        return Failure(large, is_passing=False)
    if isinstance(error, CutError):
        cut = ServerError(f"{url} closed the connection before it had the whole request")
        return Failure(cut, is_unsent=True)
    broken = ServerError(
        f"the connection to {url} broke before the reply was complete: {error}",
        hint="the request may have been answered; send it again where twice does no harm",
    )
    return Failure(broken)


def _no_connection(error: httpcore2.ConnectError, url: str) -> Failure:
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        untrusted = ServerError(
            f"the certificate of {url} is not trusted: {cause.verify_message}",
            hint="name the file of its authority by SSL_CERT_FILE",
        )
        return Failure(untrusted, is_passing=False)
    if isinstance(cause, ssl.SSLError):
        unsafe = ServerError(f"{url} does not speak TLS: {cause}", hint="is it an http:// address?")
        return Failure(unsafe, is_passing=False)
    if isinstance(cause, socket.gaierror):
        return Failure(
            ServerError(f"no address is known for {url}: {cause.strerror}", hint="check the name"),
            is_unsent=True,
        )
    is_ours = isinstance(cause, OSError) and cause.errno in _OWN_FAULTS
    nobody = ServerError(
        f"nothing answers at {url}" + (f": {cause}" if is_ours else ""),
        hint="start a server with `headway serve NAME`, or give its address",
    )
    return Failure(nobody, is_unsent=True)


def tls_context(address: Address) -> ssl.SSLContext | None:
    """Return how a server proves who it is: by the authorities of the system, or of SSL_CERT_FILE."""
    return httpcore2.default_ssl_context() if address.scheme == "https" else None


def target(address: Address, call: Call) -> httpcore2.URL:
    """Return where a request goes."""
    return httpcore2.URL(
        scheme=address.scheme,
        host=address.host,
        port=address.port,
        target=address.prefix + call.path,
    )


def headers_of(call: Call, headers: Headers) -> Headers:
    """Return the headers of one request."""
    headers = [*headers, (b"X-Request-Id", call.request_id.encode())]
    if call.body is not None:
        headers.append((b"Content-Type", b"application/json"))
        headers.append((b"Content-Length", b"%d" % len(call.body)))
    return headers


def limits(deadline: Deadline) -> dict[str, Any]:
    """Return the time limits of one attempt: a duration for the pool, moments for the streams."""
    end_s = deadline.end_s
    steps = {"connect": end_s, "read": end_s, "write": end_s, "pool": max(deadline.left_s, 0.0)}
    return {"timeout": steps}


def closed() -> RuntimeError:
    """Return the error of a client that is used after its end."""
    return RuntimeError("this client is closed; make a new one")
