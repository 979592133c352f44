"""Takes connections off the listening socket that all workers share, each worker its part.

An event loop left to itself takes every connection that waits, so that one worker would get a burst as a
whole. Here a worker takes one at a time, and only where no other worker that is ready has fewer of
them. Where one has, it gets a millisecond to come first; if it does not, because it is busy or hangs, the
connection is taken all the same.

Invariant: a connection that waits is taken by some worker, as long as one of them lives and is below
its limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import errno
import logging
import math
from typing import TYPE_CHECKING

from headway.monitoring.slots import SlotState

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Sequence

    from headway.monitoring.slots import Slot, SlotView

YIELD_S = 0.001
# between equals, whoever wakes first takes a connection, until it is so many ahead
MAX_LEAD = 8
# a worker that may not accept looks so often whether it may
RECHECK_S = 0.02
# most models load in less, and until then a client had rather wait than be turned away
PATIENCE_S = 3.0
HANDSHAKE_TIMEOUT_S = 10.0
# what lasts is said so often
WARN_EVERY_S = 60.0
# no descriptor or no memory is left: until some are
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_logger = logging.getLogger("headway.worker")


@dataclasses.dataclass(frozen=True, slots=True)
class Share:
    """What a worker knows of its part of the connections.

    Attributes:
        slot: Its own slot, where it counts its connections.
        others: Slots of the other workers.
        max_connections: Most connections that it keeps open.
    """

    slot: Slot
    others: Sequence[SlotView]
    max_connections: int

    def may_accept(self, age_s: float) -> bool:
        """Whether it may take a connection at all.

        Args:
            age_s: How long it could have taken some.
        """
        if self.slot.n_connections >= self.max_connections:
            return False
        state = self.slot.state
        if state is SlotState.LOADING and age_s < PATIENCE_S:
            return False
        # a worker that loads or drains answers only where nobody else does
        return state is SlotState.READY or not self._ready()

    def is_next(self) -> bool:
        """Whether no other worker should take the next connection."""
        n_mine, accepted = self.slot.n_connections, self.slot.n_accepted
        for other in self._ready():
            if other.n_connections < n_mine:
                return False
            if other.n_connections == n_mine and other.n_accepted + MAX_LEAD < accepted:
                return False
        return True

    def join(self) -> None:
        """Begin level with the others: a newcomer must not be given what they took before it."""
        taken = [other.n_accepted for other in self._ready()]
        self.slot.n_accepted = max(taken, default=0)

    def _ready(self) -> list[SlotView]:
        return [other for other in self.others if other.state is SlotState.READY]


class Acceptor:
    """Accepts connections for one worker. It stands where asyncio's own server would.

    Args:
        listener: The socket that all workers share.
        share: What this worker may take.
        connection: Makes what answers on a connection; it is given what to call when that ends.
        tls: Speaks HTTPS; `None` for HTTP.
    """

    def __init__(
        self,
        listener: socket.socket,
        share: Share,
        connection: Callable[[Callable[[], None]], asyncio.Protocol],
        tls: ssl.SSLContext | None,
    ) -> None:
        self._listener = listener
        self._share = share
        self._connection = connection
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._opening: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._begun_s = self._loop.time()
        self._warned_s = -math.inf
        listener.settimeout(0)
        share.join()
        self._listen()

    def close(self) -> None:
        """Accept no more; connections that are open stay so."""
        self._is_closed = True
        self._loop.remove_reader(self._listener.fileno())
        if self._timer is not None:
            self._timer.cancel()
        if self._tls is not None:
            # a handshake may take as long as its client likes
            for opening in self._opening:
                opening.cancel()

    async def wait_closed(self) -> None:
        """Return when no connection is being opened any more."""
        if self._opening:
            await asyncio.wait(self._opening)

    def _listen(self) -> None:
        if not self._is_closed:
            self._loop.add_reader(self._listener.fileno(), self._on_waiting)

    def _on_waiting(self) -> None:
        """A connection waits, or another worker has just taken it."""
        if not self._may_accept():
            self._pause(RECHECK_S, self._listen)
        elif self._share.is_next():
            self._accept()
        else:
            self._pause(YIELD_S, self._after_the_others)

    def _after_the_others(self) -> None:
        self._listen()
        if self._may_accept():
            self._accept()

    def _may_accept(self) -> bool:
        return self._share.may_accept(self._loop.time() - self._begun_s)

    def _pause(self, delay_s: float, then: Callable[[], None]) -> None:
        self._loop.remove_reader(self._listener.fileno())
        self._timer = self._loop.call_later(delay_s, then)

    def _accept(self) -> None:
        try:
            connected, _ = self._listener.accept()
        except OSError as error:
            if error.errno in _EXHAUSTED:
                self._warn(error)
                self._pause(RECHECK_S, self._listen)
            # else another worker has taken it, or its client has left
            return
        connected.settimeout(0)
        self._share.slot.n_connections += 1
        self._share.slot.n_accepted += 1
        ended = _Once(self._leave)
        opening = self._loop.create_task(self._open(connected, ended))
        self._opening.add(opening)
        opening.add_done_callback(lambda opening: self._note_opened(opening, connected, ended))

    def _warn(self, error: OSError) -> None:
        now_s = self._loop.time()
        if now_s - self._warned_s >= WARN_EVERY_S:
            self._warned_s = now_s
            _logger.warning("no connection can be taken for now: %s", error.strerror)

    async def _open(self, connected: socket.socket, ended: Callable[[], None]) -> None:
        timeout_s = HANDSHAKE_TIMEOUT_S if self._tls else None
        await self._loop.connect_accepted_socket(
            lambda: self._connection(ended),
            connected,
            ssl=self._tls,
            ssl_handshake_timeout=timeout_s,
        )

    def _note_opened(
        self, opening: asyncio.Task[None], connected: socket.socket, ended: Callable[[], None]
    ) -> None:
        """Let go of a connection that could not be opened, even where nothing of it was begun."""
        self._opening.discard(opening)
        error = None if opening.cancelled() else opening.exception()
        if error is None and not opening.cancelled():
            return
        ended()
        with contextlib.suppress(OSError):
            connected.close()
        # else there was no handshake, no HTTPS, or the client has left
        if error is not None and not isinstance(error, OSError):
            _logger.error("a connection cannot be opened", exc_info=error)

    def _leave(self) -> None:
        self._share.slot.n_connections -= 1


class _Once:
    """Calls something at the first call only."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def __call__(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call()
