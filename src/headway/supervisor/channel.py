"""How a parent and its child talk, and how each learns that the other is gone.

A socket pair joins them. Messages are frames of JSON (`headway.core.frames`); the end of the stream
means that the other process is dead, whatever killed it, because only the two of them hold the ends.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import Any, Generic, TypeVar

import msgspec

from headway.core.frames import FrameReader, frame
from headway.errors import ServerError
from headway.supervisor.messages import Order, Report

_CHUNK_BYTES = 262_144

Incoming = TypeVar("Incoming")


class ParentEnd(Generic[Incoming]):
    """The parent's end: receives what a child says, and tells it something. It never blocks.

    Args:
        end: One end of a socket pair.
        incoming: Type of what the child says; by default reports.
    """

    def __init__(self, end: socket.socket, incoming: Any = Report) -> None:
        self._end = end
        self._frames = FrameReader()
        self._decoder: msgspec.json.Decoder[Incoming] = msgspec.json.Decoder(incoming)
        self._unsent = bytearray()
        end.settimeout(0)

    def fileno(self) -> int:
        """File descriptor, for selectors: readable where the child says something or is dead."""
        return self._end.fileno()

    @property
    def has_unsent(self) -> bool:
        """Whether a message waits until the child reads; `flush` goes on with it."""
        return bool(self._unsent)

    def send(self, message: msgspec.Struct) -> None:
        """Send a message; a child that is gone misses it."""
        self._unsent += frame(msgspec.json.encode(message))
        self.flush()

    def flush(self) -> None:
        """Send as much as the child has room for."""
        try:
            while self._unsent:
                del self._unsent[: self._end.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:  # the child is gone, as the next `receive` says
            self._unsent.clear()

    def receive(self) -> tuple[list[Incoming], bool]:
        """Return what has come, and whether the child is gone.

        A child that speaks something else counts as gone; what it said before that counts.
        """
        messages: list[Incoming] = []
        try:
            chunk = self._end.recv(_CHUNK_BYTES)
            for data in self._frames.feed(chunk):
                messages.append(self._decoder.decode(data))  # noqa: PERF401 (those before a bad one)
        except BlockingIOError:
            return [], False
        except (ConnectionError, ValueError):
            return messages, True
        return messages, not chunk

    def close(self) -> None:
        """Let the child know that the parent is gone."""
        self._end.close()


class ChildEnd:
    """The child's end: sends reports, receives orders, and notices when the parent is gone.

    Args:
        fd: Descriptor that the parent has passed on, which the channel owns from here on; `None` for
            a process that was started by hand, whose reports go to standard error.
    """

    def __init__(self, fd: int | None) -> None:
        self._end = None if fd is None else socket.socket(fileno=fd)
        self._frames = FrameReader()
        self._decoder = msgspec.json.Decoder(Order)
        if self._end is not None:
            self._end.set_inheritable(False)

    def fileno(self) -> int | None:
        """File descriptor, for selectors: readable where there is an order or the parent is gone."""
        return None if self._end is None else self._end.fileno()

    def send(self, report: Report) -> None:
        """Send a report; a parent that is gone misses it."""
        if self._end is None:
            sys.stderr.write(f"{report.text()}\n")
            return
        with contextlib.suppress(OSError):
            self._end.sendall(frame(msgspec.json.encode(report)))

    def receive(self) -> tuple[list[Order], bool]:
        """Return the orders that have come, and whether the parent is gone; wait where there is nothing.

        A parent that speaks something else counts as gone; what it said before that counts.
        """
        if self._end is None:
            return [], True
        orders: list[Order] = []
        try:
            chunk = self._end.recv(_CHUNK_BYTES)
            for data in self._frames.feed(chunk):
                orders.append(self._decoder.decode(data))  # noqa: PERF401 (those before a bad one)
        except (OSError, ValueError):
            return orders, True
        return orders, not chunk

    def wait_for_orders(self) -> list[Order]:
        """Wait for the first orders, and return them.

        Raises:
            ServerError: The parent is gone before it has given one.
        """
        while True:
            orders, is_over = self.receive()
            if orders:
                return orders
            if is_over:
                raise ServerError("the supervisor has ended before it said what to serve")

    def close(self) -> None:
        """Let the parent know that this process says no more."""
        if self._end is not None:
            self._end.close()
