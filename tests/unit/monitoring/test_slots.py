"""Processes share a board: what one counts, all see, and a successor goes on with it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from headway.monitoring.slots import Board, SlotState

COUNTER = """
import sys
from headway.monitoring.slots import Board
slot = Board.attach(int(sys.argv[1])).slot(int(sys.argv[2]))
counter = slot.counter("counted", {"a": "b"})
for _ in range(1_000):
    counter.add()
i = 0
print("counting", flush=True)
while len(sys.argv) > 3:
    counter.add()
    i += 1
    slot.counter("made", {"i": str(i)}).add()
"""


def total(board: Board, name: str) -> float:
    return sum(
        slot.values(entry)[0]
        for slot in board.slots()
        for entry in slot.entries()
        if entry.name == name
    )


def start(board: Board, slot: int, *more: str) -> subprocess.Popen[bytes]:
    assert board.fd is not None
    return subprocess.Popen(
        [sys.executable, "-c", COUNTER, str(board.fd), str(slot), *more],
        pass_fds=[board.fd],
        stdout=subprocess.PIPE,
    )


def wait_for_word(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == b"counting\n"


def test_two_processes_count_together_and_one_that_is_killed_loses_nothing() -> None:
    board = Board.create(2)
    processes = [start(board, 0, "endlessly"), start(board, 1)]
    for process in processes:
        wait_for_word(process)
    processes[0].kill()
    for process in processes:
        process.communicate()
    counted = total(board, "counted")
    assert counted >= 2_000
    successor = board.slot(0)
    successor.counter("counted", {"a": "b"}).add()
    assert total(board, "counted") == counted + 1
    # series that are half made are made again, and those that are there are found
    made = total(board, "made")
    for entry in list(board.slots()[0].entries()):
        if entry.name == "made":
            successor.counter("made", dict(entry.labels)).add()
    n_made = sum(entry.name == "made" for entry in board.slots()[0].entries())
    assert total(board, "made") == made + n_made
    board.close()


def test_a_successor_keeps_counters_and_begins_gauges_anew() -> None:
    board = Board.private()
    slot = board.slot(0)
    slot.counter("counter").add(3)
    slot.gauge("gauge").set(3)
    slot.histogram("histogram", None, (1.0,)).observe(0.5)
    slot.state, slot.n_connections, slot.revision = SlotState.READY, 5, 7
    slot.n_restarts, slot.n_beats, slot.is_stuck = 2, 9, True
    successor = board.slot(0)
    assert successor.counter("counter").value == 3
    assert successor.gauge("gauge").value == 0
    assert successor.histogram("histogram", None, (1.0,)).cumulative() == [1, 1]
    assert (successor.state, successor.n_connections, successor.revision) == (
        SlotState.LOADING,
        0,
        0,
    )
    assert (successor.n_restarts, successor.pid) == (2, os.getpid())
    assert (successor.n_beats, successor.is_stuck) == (9, False)


def test_the_order_of_labels_does_not_matter() -> None:
    slot = Board.private().slot(0)
    slot.counter("counter", {"a": "1", "b": "2"}).add()
    assert slot.counter("counter", {"b": "2", "a": "1"}).value == 1


def test_one_name_is_one_kind_of_series() -> None:
    slot = Board.private().slot(0)
    slot.counter("counter")
    with pytest.raises(ValueError, match="is a counter"):
        slot.gauge("counter")


def test_what_a_full_slot_has_no_room_for_is_counted_and_harms_nobody() -> None:
    board = Board.private()
    slot = board.slot(0)
    long = "x" * 100_000
    counters = [slot.counter(f"{i}-{long}") for i in range(30)]
    for counter in counters:
        counter.add(2)
    n_shown = len(slot.entries())
    assert 0 < n_shown < 30
    assert slot.n_series_dropped == 30 - n_shown
    assert all(counter.value == 2 for counter in counters)
    assert slot.counter(f"29-{long}").value == 2
    assert slot.n_series_dropped == 30 - n_shown


def test_untouched_memory_costs_nothing() -> None:
    board = Board.create(64)
    board.slot(0).counter("counter").add()
    assert board.fd is not None
    assert os.fstat(board.fd).st_blocks * 512 < 1_000_000
    board.close()


@pytest.mark.parametrize("n_bytes", [0, 10_000_000])
def test_another_file_is_no_board(n_bytes: int) -> None:
    fd = os.memfd_create("other")
    os.ftruncate(fd, n_bytes)
    with pytest.raises(ValueError, match=r"no board|not that of a board"):
        Board.attach(fd)
    os.close(fd)


def test_cells_are_shared_by_all() -> None:
    board = Board.create(1)
    assert board.fd is not None
    other = Board.attach(board.fd)
    board.cells[4095] = 1.5
    assert other.cells[4095] == 1.5
    board.close()
