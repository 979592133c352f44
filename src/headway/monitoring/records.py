"""Records of predictions on their way out of a worker: a buffer, and the thread that empties it.

Invariant: to append never blocks and does no I/O. What the buffer cannot hold is counted as dropped, and
what it holds at the end is handed over.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Protocol

import msgspec

from headway.monitoring.drain import Drain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.monitoring.cells import Counter
    from headway.monitoring.slots import Slot

CAPACITY_RECORDS = 20_000
CAPACITY_BYTES = 64 * 1024 * 1024
FLUSH_INTERVAL_S = 0.2
_logger = logging.getLogger("headway.records")


class PredictionRecord(msgspec.Struct, frozen=True, gc=False):
    """One request that was answered. It refers to what is there anyway, so that it costs little to make.

    Attributes:
        at_s: When it was answered, on the monotonic clock.
        model: Name of the model.
        version: Its version.
        variant: Role of that version.
        request_id: Of the request.
        body: The request as it came.
        body_format: Content type of the body.
        reply: The reply in JSON, with the ids of its predictions.
        n_rows: How many rows were answered.
    """

    at_s: float
    model: str
    version: str
    variant: str
    request_id: str
    body: bytes
    body_format: str
    reply: bytes
    n_rows: int

    @property
    def size_bytes(self) -> int:
        """What it keeps in memory, roughly."""
        return len(self.body) + len(self.reply)


class RecordSink(Protocol):
    """Takes records; called from the thread of a ring."""

    def take(self, records: Sequence[PredictionRecord]) -> None:
        """Keep records. It may take its time."""
        ...


class CountingSink:
    """Counts records and their rows, and lets go of them.

    Args:
        slot: Where it counts.
    """

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._counters: dict[tuple[str, str], tuple[Counter, Counter]] = {}

    def take(self, records: Sequence[PredictionRecord]) -> None:
        for record in records:
            key = (record.model, record.version)
            counters = self._counters.get(key)
            if counters is None:
                labels = {"model": record.model, "version": record.version}
                counters = self._counters[key] = (
                    self._slot.counter("headway_records", labels),
                    self._slot.counter("headway_record_rows", labels),
                )
            counters[0].add()
            counters[1].add(record.n_rows)


class RecordDrops:
    """Counts records that are not taken: two counters, because each has one thread that writes it.

    Args:
        slot: Where it counts.
    """

    def __init__(self, slot: Slot) -> None:
        self.full = slot.counter("headway_records_dropped", {"cause": "full"})
        self.lost = slot.counter("headway_records_dropped", {"cause": "sink"})


class RecordRing:
    """Keeps records until its thread hands them to a sink.

    Args:
        sink: Takes them.
        drops: Counts those that are not taken.
        capacity_records: Most records that wait.
        capacity_bytes: Most bytes of bodies and replies that wait.
        interval_s: How often they are handed over.
    """

    def __init__(
        self,
        sink: RecordSink,
        drops: RecordDrops,
        *,
        capacity_records: int = CAPACITY_RECORDS,
        capacity_bytes: int = CAPACITY_BYTES,
        interval_s: float = FLUSH_INTERVAL_S,
    ) -> None:
        self._sink = sink
        self._full, self._lost = drops.full, drops.lost
        self._capacity_records = capacity_records
        self._capacity_bytes = capacity_bytes
        self._waiting: deque[PredictionRecord] = deque()
        # two sums, because each has one thread that writes it
        self._appended_bytes = self._taken_bytes = 0
        self._drain = Drain("headway-records", interval_s, self._hand_over)

    def append(self, record: PredictionRecord) -> None:
        """Keep a record until it is handed over, or count it as dropped. Call it from one thread."""
        size_bytes = len(record.body) + len(record.reply)
        if (
            len(self._waiting) >= self._capacity_records
            or self._appended_bytes - self._taken_bytes + size_bytes > self._capacity_bytes
        ):
            self._full.add()
            return
        self._appended_bytes += size_bytes
        self._waiting.append(record)
        self._drain.notify()

    def close(self) -> None:
        """Hand over what waits and end the thread; give up on a sink that takes longer than 5 s."""
        self._drain.close()

    def _hand_over(self) -> None:
        records = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not records:
            return
        try:
            self._sink.take(records)
        except Exception:  # the thread goes on with the next ones
            self._lost.add(len(records))
            _logger.exception("records of predictions were lost")
        finally:
            self._taken_bytes += sum(record.size_bytes for record in records)
