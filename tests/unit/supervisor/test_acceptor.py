from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from headway.monitoring.slots import Board, SlotState
from headway.supervisor import acceptor as module
from headway.supervisor.acceptor import MAX_LEAD, PATIENCE_S, Acceptor, Share
from headway.supervisor.listener import bind_listener

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def board() -> Iterator[Board]:
    board = Board.create(2)
    yield board
    board.close()


@pytest.fixture
def share(board: Board) -> Share:
    slot = board.slot(0)
    slot.state = SlotState.READY
    return Share(slot, [board.slots()[1]], max_connections=3)


def test_a_worker_is_next_unless_another_one_has_fewer_connections(
    share: Share, board: Board
) -> None:
    other = board.slots()[1]
    other.state = SlotState.READY
    assert share.is_next()
    share.slot.n_connections = 1
    assert not share.is_next()
    other.n_connections = 1
    assert share.is_next()


def test_between_equals_nobody_gets_far_ahead(share: Share, board: Board) -> None:
    other = board.slots()[1]
    other.state = SlotState.READY
    share.slot.n_accepted = MAX_LEAD
    assert share.is_next()
    share.slot.n_accepted += 1
    assert not share.is_next()
    other.n_accepted += 1
    assert share.is_next()


def test_who_comes_later_begins_level_with_the_others(share: Share, board: Board) -> None:
    other = board.slots()[1]
    other.state, other.n_accepted = SlotState.READY, 1000
    share.join()
    assert share.slot.n_accepted == 1000


@pytest.mark.parametrize("state", [SlotState.EMPTY, SlotState.LOADING, SlotState.DRAINING])
def test_who_does_not_answer_is_not_waited_for(
    share: Share, board: Board, state: SlotState
) -> None:
    other = board.slots()[1]
    other.state = state
    share.slot.n_connections = 2
    assert share.is_next()
    assert share.may_accept(PATIENCE_S)


@pytest.mark.parametrize("state", [SlotState.LOADING, SlotState.DRAINING])
def test_who_loads_or_drains_accepts_only_where_nobody_else_answers(
    share: Share, board: Board, state: SlotState
) -> None:
    share.slot.state = state
    assert share.may_accept(PATIENCE_S)
    board.slots()[1].state = SlotState.READY
    assert not share.may_accept(PATIENCE_S)


def test_who_loads_lets_clients_wait_for_a_while(share: Share) -> None:
    share.slot.state = SlotState.LOADING
    assert not share.may_accept(PATIENCE_S - 0.1)
    # long enough: whoever asks is told that it loads
    assert share.may_accept(PATIENCE_S)
    share.slot.state = SlotState.DRAINING
    assert share.may_accept(0)


def test_no_more_than_the_limit_is_accepted(share: Share) -> None:
    share.slot.n_connections = 2
    assert share.may_accept(PATIENCE_S)
    share.slot.n_connections = 3
    assert not share.may_accept(PATIENCE_S)


class Echo(asyncio.Protocol):
    """Sends back what comes."""

    def __init__(self, at_end: Callable[[], None]) -> None:
        self._at_end = at_end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._at_end()


@contextlib.asynccontextmanager
async def accepting(share: Share, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Accept within, on the port that is given."""
    with bind_listener("127.0.0.1", 0) as listener:
        acceptor = Acceptor(listener, share, Echo, tls)
        try:
            yield listener.getsockname()[1]
        finally:
            acceptor.close()
            await acceptor.wait_closed()


async def echoed(port: int, tls: ssl.SSLContext | None = None) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    writer.write(b"hello")
    data = await asyncio.wait_for(reader.read(10), 10)
    writer.close()
    await writer.wait_closed()
    return data


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (shared memory sets no event)
            await asyncio.sleep(0.005)


def test_connections_are_counted_from_their_beginning_to_their_end(share: Share) -> None:
    async def run() -> None:
        async with accepting(share) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            await until(lambda: share.slot.n_connections == 1)
            assert await echoed(port) == b"hello"
            await until(lambda: share.slot.n_connections == 1)
            writer.close()
            await until(lambda: share.slot.n_connections == 0)
            assert share.slot.n_accepted == 2

    asyncio.run(run())


def test_what_the_others_do_not_take_is_taken_all_the_same(share: Share, board: Board) -> None:
    other = board.slots()[1]
    other.state = SlotState.READY
    share.slot.n_connections = 1

    async def run() -> None:
        async with accepting(share) as port:
            assert await echoed(port) == b"hello"

    asyncio.run(run())


def test_what_comes_above_the_limit_waits_until_another_one_ends(share: Share) -> None:
    async def run() -> None:
        async with accepting(share) as port:
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            await until(lambda: share.slot.n_connections == 3)
            waiting = asyncio.create_task(echoed(port))
            await asyncio.sleep(3 * module.RECHECK_S)
            assert not waiting.done()
            held[0][1].close()
            assert await waiting == b"hello"
            for _, writer in held[1:]:
                writer.close()
            await until(lambda: share.slot.n_connections == 0)

    asyncio.run(run())


def test_https_is_spoken_and_nothing_else(
    share: Share, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HANDSHAKE_TIMEOUT_S", 0.2)
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    reported: list[object] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, what: reported.append(what))
        async with accepting(share, server) as port:
            assert await echoed(port, client) == b"hello"
            # one that speaks HTTP, one that says nothing, one that leaves at once
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            silent, silence = await asyncio.open_connection("127.0.0.1", port)
            socket.create_connection(("127.0.0.1", port)).close()
            for stream in (reader, silent):
                with contextlib.suppress(ConnectionError):
                    await asyncio.wait_for(stream.read(), 10)
            writer.close()
            silence.close()
            await until(lambda: share.slot.n_connections == 0)

    asyncio.run(run())
    assert reported == []


def test_the_end_does_not_wait_for_a_handshake(share: Share) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(server)

    async def run() -> None:
        async with accepting(share, server) as port:
            _, silence = await asyncio.open_connection("127.0.0.1", port)
            await until(lambda: share.slot.n_connections == 1)
            ended_s = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - ended_s < module.HANDSHAKE_TIMEOUT_S / 2
        assert share.slot.n_connections == 0
        silence.close()

    asyncio.run(run())


def test_with_no_descriptor_left_it_waits_for_one(
    share: Share, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refusals = [OSError(24, "Too many open files")] * 2

    class Poor:
        """A listener of a process that has no descriptor left for a while."""

        def __init__(self, listener: socket.socket) -> None:
            self.listener = listener

        def __getattr__(self, name: str) -> object:
            return getattr(self.listener, name)

        def accept(self) -> object:
            if refusals:
                raise refusals.pop()
            return self.listener.accept()

    async def run() -> None:
        with bind_listener("127.0.0.1", 0) as listener:
            poor = Acceptor(Poor(listener), share, Echo, None)  # type: ignore[arg-type]
            assert await echoed(listener.getsockname()[1]) == b"hello"
            poor.close()
            await poor.wait_closed()

    asyncio.run(run())
    assert refusals == []
    # said once, however long it lasts
    assert caplog.text.count("no connection can be taken for now: Too many open files") == 1


def test_whatever_keeps_a_connection_from_opening_it_is_counted_no_more(
    share: Share, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> asyncio.Protocol:
        raise RuntimeError("boom")

    async def run() -> None:
        with bind_listener("127.0.0.1", 0) as listener:
            acceptor = Acceptor(listener, share, fail, None)
            _, writer = await asyncio.open_connection(*listener.getsockname())
            await until(lambda: share.slot.n_accepted == 1 and share.slot.n_connections == 0)
            writer.close()
            acceptor.close()
            await acceptor.wait_closed()

    asyncio.run(run())
    assert "RuntimeError: boom" in caplog.text


def test_who_is_let_go_before_the_first_step_is_counted_no_more(share: Share) -> None:
    async def run() -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with bind_listener("127.0.0.1", 0) as listener:
            acceptor = Acceptor(listener, share, Echo, tls)
            with socket.create_connection(listener.getsockname()):
                acceptor._accept()
                assert share.slot.n_connections == 1
                acceptor.close()
                await acceptor.wait_closed()
        assert share.slot.n_connections == 0

    asyncio.run(run())
