"""How a child tells its parent how it is, and how each learns that the other is gone.

A socket pair joins them. The child sends lines of JSON; the end of the stream means that the other
process is dead, whatever killed it, because only the two of them hold the ends.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import TYPE_CHECKING

import msgspec

from headway.errors import HeadwayError, ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK_BYTES = 65_536


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The child answers requests.

    Attributes:
        url: Where.
    """

    url: str

    def text(self) -> str:
        """Say it to people."""
        return f"ready at {self.url}"


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The child cannot start, and is about to end.

    Attributes:
        code: Of the error.
        message: Of the error.
        hint: Of the error.
    """

    code: str
    message: str
    hint: str | None

    def text(self) -> str:
        """Say it to people."""
        return f"error: {self.message}" + (f"\nhint: {self.hint}" if self.hint else "")

    def error(self) -> HeadwayError:
        """Return the error as the child raised it, so that it is answered as if it were raised here."""
        known = {cls.code: cls for cls in _with_subclasses(HeadwayError)}
        cls = known.get(self.code, ServerError)
        # past the constructor, because some classes make the message of parts that were not sent
        error = cls.__new__(cls)
        HeadwayError.__init__(error, self.message, hint=self.hint)
        return error


Report = Ready | Failed


def failed_report(error: BaseException) -> Failed:
    """Return the report of an error."""
    if isinstance(error, HeadwayError):
        return Failed(error.code, error.message, error.hint)
    return Failed(ServerError.code, f"{type(error).__name__}: {error}", None)


class ParentEnd:
    """The parent's end: receives reports.

    Args:
        end: One end of a socket pair.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._buffer = b""
        end.settimeout(0)

    def fileno(self) -> int:
        """File descriptor, for selectors: readable where there is a report or the child is dead."""
        return self._end.fileno()

    def receive(self) -> tuple[list[Report], bool]:
        """Return the reports that have come, and whether the child is gone. It never blocks."""
        is_over = False
        try:
            chunk = self._end.recv(_CHUNK_BYTES)
            is_over = not chunk
            self._buffer += chunk
        except BlockingIOError:
            pass
        except ConnectionError:
            is_over = True
        *lines, self._buffer = self._buffer.split(b"\n")
        return [msgspec.json.decode(line, type=Report) for line in lines], is_over

    def close(self) -> None:
        """Let the child know that the parent is gone."""
        self._end.close()


class ChildEnd:
    """The child's end: sends reports, and notices when the parent is gone.

    Args:
        fd: Descriptor that the parent has passed on, which the channel owns from here on; `None` for
            a process that was started by hand, whose reports go to standard error.
    """

    def __init__(self, fd: int | None) -> None:
        self._end = None if fd is None else socket.socket(fileno=fd)
        if self._end is not None:
            self._end.set_inheritable(False)

    def fileno(self) -> int | None:
        """File descriptor, for selectors: readable where the parent is gone."""
        return None if self._end is None else self._end.fileno()

    def send(self, report: Report) -> None:
        """Send a report; a parent that is gone misses it."""
        if self._end is None:
            sys.stderr.write(f"{report.text()}\n")
            return
        with contextlib.suppress(OSError):
            self._end.sendall(msgspec.json.encode(report) + b"\n")

    def close(self) -> None:
        """Let the parent know that this process says no more."""
        if self._end is not None:
            self._end.close()


def _with_subclasses(cls: type[HeadwayError]) -> Iterator[type[HeadwayError]]:
    yield cls
    for subclass in cls.__subclasses__():
        yield from _with_subclasses(subclass)
