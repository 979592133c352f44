from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from headway.monitoring.records import (
    CountingSink,
    PredictionRecord,
    RecordDrops,
    RecordRing,
)
from headway.monitoring.slots import Board

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def record(number: int = 0, *, n_bytes: int = 10) -> PredictionRecord:
    return PredictionRecord(
        0.0, "credit", "3", "champion", str(number), b"x" * n_bytes, "application/json", b"", 2
    )


class Kept:
    """Keeps what it is given; stalls while `gate` is not set."""

    def __init__(self) -> None:
        self.records: list[PredictionRecord] = []
        self.gate = threading.Event()
        self.gate.set()

    def take(self, records: Sequence[PredictionRecord]) -> None:
        self.gate.wait(10)
        self.records += records


@pytest.fixture
def drops() -> RecordDrops:
    return RecordDrops(Board.private().slot(0))


def wait_until(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.005)


def test_every_record_arrives_in_order_soon_and_at_the_end(drops: RecordDrops) -> None:
    sink = Kept()
    ring = RecordRing(sink, drops, interval_s=0.01)
    ring.append(record(0))
    wait_until(lambda: len(sink.records) == 1)
    for number in range(1, 5_000):
        ring.append(record(number))
    ring.close()
    assert [one.request_id for one in sink.records] == [str(number) for number in range(5_000)]
    assert drops.full.value == 0


@pytest.mark.parametrize(
    ("limits", "n_bytes", "expected"),
    [
        ({"capacity_records": 100}, 10, 100),
        ({"capacity_bytes": 1_000}, 100, 10),
        ({"capacity_bytes": 1_000}, 1_001, 0),
    ],
)
def test_what_does_not_fit_is_counted_as_dropped(
    drops: RecordDrops, limits: dict[str, int], n_bytes: int, expected: int
) -> None:
    sink = Kept()
    sink.gate.clear()
    ring = RecordRing(sink, drops, interval_s=10, **limits)  # type: ignore[arg-type]
    for number in range(500):
        ring.append(record(number, n_bytes=n_bytes))
    assert drops.full.value == 500 - expected
    sink.gate.set()
    ring.close()
    assert len(sink.records) == expected


def test_there_is_room_again_after_records_were_taken(drops: RecordDrops) -> None:
    sink = Kept()
    ring = RecordRing(sink, drops, capacity_bytes=1_000, interval_s=0.001)
    for number in range(1, 51):
        ring.append(record(number, n_bytes=500))
        wait_until(lambda number=number: len(sink.records) == number)  # type: ignore[misc]
    ring.close()
    assert drops.full.value == 0


def test_the_counting_sink_counts_records_and_rows() -> None:
    slot = Board.private().slot(0)
    CountingSink(slot).take([record(), record(), record()])
    labels = {"model": "credit", "version": "3"}
    assert slot.counter("headway_records", labels).value == 3
    assert slot.counter("headway_record_rows", labels).value == 6


def test_a_sink_that_fails_loses_what_it_was_given_and_no_more(drops: RecordDrops) -> None:
    class Failing(Kept):
        def take(self, records: Sequence[PredictionRecord]) -> None:
            if records[0].request_id == "0":
                raise OSError("disk full")
            super().take(records)

    sink = Failing()
    ring = RecordRing(sink, drops, capacity_bytes=1_000, interval_s=0.001)
    ring.append(record(0, n_bytes=900))
    wait_until(lambda: drops.lost.value == 1)
    wait_until(lambda: ring._appended_bytes == ring._taken_bytes)
    ring.append(record(1, n_bytes=900))
    ring.close()
    assert [one.request_id for one in sink.records] == ["1"]
    assert drops.full.value == 0
