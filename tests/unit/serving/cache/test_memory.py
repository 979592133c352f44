from __future__ import annotations

import gc
import os
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clocks import ManualClock
from headway.monitoring.metrics import CacheSeries
from headway.monitoring.slots import Board
from headway.serving.cache.memory import ENTRY_OVERHEAD_BYTES, MemoryTier

SIZE = ENTRY_OVERHEAD_BYTES + 2


def make_series(version: str = "1") -> CacheSeries:
    return CacheSeries(Board.private().slot(0), {"model": "m", "version": version}, "local")


def full(tier: MemoryTier, names: bytes, series: CacheSeries) -> list[bytes]:
    """Return which of these keys are kept."""
    keys = [bytes([name]) for name in names]
    return [key for key, entry in zip(keys, tier.get(keys, series), strict=True) if entry]


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    tier, series = MemoryTier(3 * SIZE, 10.0, ManualClock()), make_series()
    tier.put([(b"a", b"1"), (b"b", b"2"), (b"c", b"3")], series)
    tier.get([b"a"], series)
    tier.put([(b"d", b"4")], series)
    assert full(tier, b"abcd", series) == [b"a", b"c", b"d"]
    assert series.evictions.value == 1
    assert (series.hits.value, series.misses.value) == (4, 1)
    assert series.bytes.value == tier.n_bytes == 3 * SIZE


def test_an_answer_is_kept_for_its_time() -> None:
    clock = ManualClock()
    tier, series = MemoryTier(1000, 10.0, clock), make_series()
    tier.put([(b"a", b"1")], series)
    clock.at_s += 9.9
    assert tier.get([b"a"], series) == [b"1"]
    clock.at_s += 0.1
    assert tier.get([b"a"], series) == [None]
    assert (len(tier), tier.n_bytes, series.evictions.value) == (0, 0, 0)


def test_what_nobody_asks_for_is_given_back() -> None:
    clock = ManualClock()
    tier, series = MemoryTier(100 * SIZE, 10.0, clock), make_series()
    tier.put([(bytes([i]), b"1") for i in range(20)], series)
    clock.at_s += 10
    for i in range(20):
        tier.put([(bytes([100 + i]), b"1")], series)
    assert len(tier) == 20


def test_one_that_cannot_stay_pushes_out_nothing() -> None:
    tier, series = MemoryTier(2 * SIZE, 10.0, ManualClock()), make_series()
    tier.put([(b"a", b"1"), (b"b", bytes(3 * SIZE))], series)
    assert full(tier, b"ab", series) == [b"a"]


def test_new_limits_hold_from_the_next_answer_on() -> None:
    clock = ManualClock()
    tier, series = MemoryTier(9 * SIZE, 10.0, clock), make_series()
    tier.put([(b"a", b"1"), (b"b", b"2"), (b"c", b"3")], series)
    tier.limit(2 * SIZE, 100.0)
    tier.put([(b"d", b"4")], series)
    clock.at_s += 11
    assert full(tier, b"abcd", series) == [b"d"]
    tier.limit(0, 100.0)
    tier.put([(b"e", b"5")], series)
    assert tier.n_bytes == len(tier) == 0


def test_bytes_are_shown_at_the_version_that_keeps_answers() -> None:
    board = Board.private()
    old, new = (CacheSeries(board.slot(0), {"version": v}, "local") for v in "12")
    tier = MemoryTier(9 * SIZE, 10.0, ManualClock())
    tier.put([(b"a", b"1")], old)
    tier.put([(b"b", b"1")], new)
    assert (old.bytes.value, new.bytes.value) == (0, 2 * SIZE)


@pytest.mark.parametrize("n_entries", [700, 1300, 1400, 2000])
def test_the_bytes_are_no_less_than_those_of_the_process(n_entries: int) -> None:
    tier, series = MemoryTier(10**9, 10.0, ManualClock()), make_series()
    # what earlier tests have left in the free lists of the interpreter would be taken unseen
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(n_entries):
            tier.put([(os.urandom(24), os.urandom(60))], series)
        took, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.6 < took / tier.n_bytes <= 1.0


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 400)), max_size=60), st.integers(0, 3000)
)
def test_the_bytes_are_right_and_bounded_after_each_step(
    steps: list[tuple[int, int]], max_bytes: int
) -> None:
    clock = ManualClock()
    tier, series = MemoryTier(max_bytes, 5.0, clock), make_series()
    for name, length in steps:
        clock.at_s += length / 100
        tier.put([(bytes([name]), bytes(length))], series)
        kept = tier._entries.items()
        assert tier.n_bytes == sum(len(k) + len(e) + ENTRY_OVERHEAD_BYTES for k, (_, e) in kept)
        assert tier.n_bytes <= max_bytes
