"""The streams under a connection, which keep the deadline of a call and know what was sent.

httpcore2 takes a time limit for each step, so that a server which sends a byte now and then would be
waited for without end. Here every limit is the moment at which the whole call ends, and the streams turn
it into the seconds that are left each time.
"""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import httpcore2
from typing_extensions import override

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

# a large body is sent in pieces, so that the deadline holds between them
_PIECE_BYTES = 256 * 1024


class CutError(httpcore2.NetworkError):
    """The connection broke before the last byte of the request was handed to it."""


class Backend(httpcore2.SyncBackend):
    """Connects; every `timeout` is a moment on the monotonic clock."""

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore2.ConnectError(error) from error
        # each address of a name has its share of the time, so that one that is silent does not take all
        for n_left, (*_, place) in zip(range(len(found), 0, -1), found, strict=True):
            left_s = _left_s(timeout, httpcore2.ConnectTimeout)
            share_s = None if left_s is None else left_s / n_left
            try:
                return Stream(super().connect_tcp(str(place[0]), port, share_s, None, ()))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if n_left == 1:
                    raise
        raise httpcore2.ConnectError


class Stream(httpcore2.NetworkStream):
    """A connection; every `timeout` is a moment on the monotonic clock."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream
        self._is_cut = False

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        # after a cut httpcore2 still reads: a server may refuse a request before it has all of it
        try:
            data = self._stream.read(max_bytes, _left_s(timeout, httpcore2.ReadTimeout))
        except httpcore2.ReadError as error:
            raise (CutError(error) if self._is_cut else error) from error
        if not data and self._is_cut:
            raise CutError
        self._is_cut = False  # there is an answer, and its end is no cut
        return data

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            for start in range(0, len(buffer), _PIECE_BYTES):
                piece = buffer[start : start + _PIECE_BYTES]
                self._stream.write(piece, _left_s(timeout, httpcore2.WriteTimeout))
        except httpcore2.WriteError:
            self._is_cut = True
            raise

    @override
    def close(self) -> None:
        self._stream.close()

    @override
    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        left_s = _left_s(timeout, httpcore2.ConnectTimeout)
        return Stream(self._stream.start_tls(ssl_context, server_hostname, left_s))

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class AsyncBackend(httpcore2.AnyIOBackend):
    """As `Backend`."""

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        left_s = _left_s(timeout, httpcore2.ConnectTimeout)
        return AsyncStream(await super().connect_tcp(host, port, left_s))


class AsyncStream(httpcore2.AsyncNetworkStream):
    """As `Stream`."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self._is_cut = False

    @override
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            data = await self._stream.read(max_bytes, _left_s(timeout, httpcore2.ReadTimeout))
        except httpcore2.ReadError as error:
            raise (CutError(error) if self._is_cut else error) from error
        if not data and self._is_cut:
            raise CutError
        self._is_cut = False  # there is an answer, and its end is no cut
        return data

    @override
    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # a piece that breaks is only noticed by the next one
        try:
            for start in range(0, len(buffer), _PIECE_BYTES):
                piece = buffer[start : start + _PIECE_BYTES]
                await self._stream.write(piece, _left_s(timeout, httpcore2.WriteTimeout))
        except httpcore2.WriteError:
            self._is_cut = True
            raise

    @override
    async def aclose(self) -> None:
        await self._stream.aclose()

    @override
    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        left_s = _left_s(timeout, httpcore2.ConnectTimeout)
        return AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, left_s))

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left_s(end_s: float | None, late: type[Exception]) -> float | None:
    if end_s is None:
        return None
    left_s = end_s - time.monotonic()
    if left_s <= 0:
        raise late
    return left_s
