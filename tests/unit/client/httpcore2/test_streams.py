"""Streams keep the moment at which a call ends, and know whether all of a request was handed over."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING, Any

import httpcore2
import pytest
from typing_extensions import override

from headway.client.httpcore2 import streams
from headway.client.httpcore2.streams import AsyncBackend, AsyncStream, Backend, CutError, Stream
from raw_server import Connection, RawServer

if TYPE_CHECKING:
    from collections.abc import Iterator


class Broken(httpcore2.NetworkStream):
    """Takes nothing, and has nothing or breaks."""

    def __init__(self, *reads: Any) -> None:
        self._reads = list(reads)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._reads.pop(0)
        if isinstance(data, Exception):
            raise data
        return bytes(data)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        raise httpcore2.WriteError


class AsyncBroken(httpcore2.AsyncNetworkStream):
    def __init__(self, *reads: Any) -> None:
        self._stream = Broken(*reads)

    @override
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes)

    @override
    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer)


def write_and_read(kind: str, *reads: Any, is_cut: bool) -> list[bytes]:
    """Read as often as there is something to read, after a write that breaks or without one."""
    if kind == "sync":
        stream = Stream(Broken(*reads))
        if is_cut:
            with pytest.raises(httpcore2.WriteError):
                stream.write(b"x")
        return [stream.read(1) for _ in reads]

    async def use() -> list[bytes]:
        stream = AsyncStream(AsyncBroken(*reads))
        if is_cut:
            with pytest.raises(httpcore2.WriteError):
                await stream.write(b"x")
        return [await stream.read(1) for _ in reads]

    return asyncio.run(use())


@pytest.mark.parametrize("kind", ["sync", "async"])
class TestCut:
    @pytest.mark.parametrize("reads", [b"", httpcore2.ReadError()], ids=["end", "reset"])
    def test_a_cut_without_an_answer_is_said(self, kind: str, reads: Any) -> None:
        with pytest.raises(CutError):
            write_and_read(kind, reads, is_cut=True)

    def test_an_answer_after_a_cut_is_read_to_its_end(self, kind: str) -> None:
        assert write_and_read(kind, b"answer", b"", is_cut=True) == [b"answer", b""]

    def test_an_end_without_a_cut_is_an_end(self, kind: str) -> None:
        assert write_and_read(kind, b"", is_cut=False) == [b""]

    def test_a_break_without_a_cut_is_a_break(self, kind: str) -> None:
        with pytest.raises(httpcore2.ReadError) as caught:
            write_and_read(kind, httpcore2.ReadError(), is_cut=False)
        assert not isinstance(caught.value, CutError)


@pytest.fixture
def silent() -> Iterator[RawServer]:
    def script(server: RawServer, connection: Connection) -> None:
        server.ended.wait()

    with RawServer(script) as server:
        yield server


@pytest.mark.parametrize("left_s", [-1.0, 0.05])
def test_a_limit_is_the_moment_at_which_the_call_ends(silent: RawServer, left_s: float) -> None:
    port = int(silent.url.rpartition(":")[2])
    stream = Backend().connect_tcp("127.0.0.1", port, time.monotonic() + 10)
    with pytest.raises(httpcore2.ReadTimeout):
        stream.read(1, time.monotonic() + left_s)
    stream.close()
    with pytest.raises(httpcore2.ConnectTimeout):
        Backend().connect_tcp("127.0.0.1", port, time.monotonic() - 1)


@pytest.mark.parametrize("left_s", [-1.0, 0.05])
def test_the_same_holds_for_asynchronous_code(silent: RawServer, left_s: float) -> None:
    port = int(silent.url.rpartition(":")[2])

    async def use() -> None:
        stream = await AsyncBackend().connect_tcp("127.0.0.1", port, time.monotonic() + 10)
        with pytest.raises(httpcore2.ReadTimeout):
            await stream.read(1, time.monotonic() + left_s)
        await stream.aclose()
        with pytest.raises(httpcore2.ConnectTimeout):
            await AsyncBackend().connect_tcp("127.0.0.1", port, time.monotonic() - 1)

    asyncio.run(use())


def test_each_address_of_a_name_is_tried(
    silent: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(silent.url.rpartition(":")[2])
    places = [("127.0.0.2", port), ("127.0.0.1", port)]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
    resolve = socket.getaddrinfo

    def getaddrinfo(host: str, *arguments: Any, **options: Any) -> Any:
        return found if host == "models" else resolve(host, *arguments, **options)

    monkeypatch.setattr(streams.socket, "getaddrinfo", getaddrinfo)
    stream = Backend().connect_tcp("models", port, time.monotonic() + 10)
    assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
    stream.close()
    del found[1]
    with pytest.raises(httpcore2.ConnectError):
        Backend().connect_tcp("models", port, time.monotonic() + 10)
