"""The log of a server: lines go into a buffer, and a thread writes them a little later.

Invariant: a line never delays a reply. What the buffer cannot hold is counted as dropped, and what it
holds at the end is written.
"""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING

from headway.monitoring.drain import Drain
from headway.monitoring.log_line import LogFormat, LogLine, TimeStamps, line_writer

if TYPE_CHECKING:
    from headway.core.clock import Clock
    from headway.monitoring.slots import Slot

CAPACITY_LINES = 20_000
INTERVAL_S = 0.1


class LogDrops:
    """Counts lines that are lost: two counters, because each has one thread that writes it.

    Args:
        slot: Where it counts.
    """

    def __init__(self, slot: Slot) -> None:
        self.full = slot.counter("headway_log_lines_dropped", {"cause": "full"})
        self.unwritten = slot.counter("headway_log_lines_dropped", {"cause": "unwritten"})


class RequestLog:
    """Writes log lines to a file descriptor, from a thread of its own.

    `append` is cheap and may be called from any thread. The thread sleeps while there is nothing to
    write, and a reader that stalls (a full pipe) stops the thread, not the server.

    Args:
        fd: File descriptor to write to; it stays open.
        log_format: `json` or `text`.
        clock: Says when a line was appended.
        drops: Counts lines that are lost.
        capacity: Most lines that wait; what comes above is dropped.
    """

    def __init__(
        self,
        fd: int,
        log_format: LogFormat,
        clock: Clock,
        drops: LogDrops,
        *,
        capacity: int = CAPACITY_LINES,
    ) -> None:
        self._fd = fd
        self._as_bytes = line_writer(log_format)
        self._clock = clock
        self._capacity = capacity
        self._waiting: deque[tuple[float, LogLine]] = deque()
        self._drops = drops
        # lines that follow within the interval go into the same write
        self._drain = Drain("headway-log", INTERVAL_S, self._write_waiting)

    @property
    def dropped(self) -> int:
        """Lines that were lost until now."""
        return int(self._drops.full.value + self._drops.unwritten.value)

    def append(self, line: LogLine) -> None:
        """Keep a line until it is written, or count it as dropped."""
        if len(self._waiting) >= self._capacity:
            self._drops.full.add()
            return
        self._waiting.append((self._clock.monotonic_s(), line))
        self._drain.notify()

    def close(self) -> None:
        """Write what waits and end the thread; give up on a reader that has stalled for 5 s."""
        self._drain.close()

    def _write_waiting(self) -> None:
        stamps = TimeStamps(self._clock.now().timestamp() - self._clock.monotonic_s())
        chunks = []
        for _ in range(len(self._waiting)):
            at_s, line = self._waiting.popleft()
            line.ts = stamps.text(at_s)
            try:
                chunks.append(self._as_bytes(line))
            except ValueError:  # text that UTF-8 cannot hold
                self._drops.unwritten.add()
        self._write(b"".join(chunks), n_lines=len(chunks))

    def _write(self, data: bytes, *, n_lines: int) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:  # the reader is gone; a log that is down never fails a prediction
            self._drops.unwritten.add(n_lines)
