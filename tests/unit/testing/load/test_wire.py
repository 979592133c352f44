from __future__ import annotations

from array import array

import msgspec

from headway.core.frames import MAX_FRAME_BYTES
from headway.testing.load.wire import MAX_REQUESTS, Load, Mark, Outcome, Report


def test_messages_arrive_as_they_were():
    load = Load("h", 1, [b"x"], array("I", [0]).tobytes(), array("d", [0.5]).tobytes())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(load), type=Load) == load
    outcome = Outcome(b"1", b"2", b"3", b"4", 0.5, 1, 1, "no")
    for report in (Mark(), outcome):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(report), type=Report) == report


def test_the_outcome_of_the_longest_run_fits_in_a_message():
    times = bytes(8 * MAX_REQUESTS)
    outcome = Outcome(times, times, times, bytes(2 * MAX_REQUESTS), 0.5, 1, 1, "no" * 200)
    assert len(msgspec.msgpack.encode(outcome)) < MAX_FRAME_BYTES
