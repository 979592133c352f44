from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headway.monitoring.slots import Board, SlotState

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def board() -> Iterator[Board]:
    board = Board.create(2)
    yield board
    board.close()


def test_what_one_process_writes_the_others_see(board: Board) -> None:
    assert board.fd is not None
    script = (
        "import sys\n"
        "from headway.monitoring.slots import Board, SlotState\n"
        "board = Board.attach(int(sys.argv[1]))\n"
        "slot = board.slot(1)\n"
        "slot.state, slot.n_connections, slot.n_accepted = SlotState.READY, 5, 9\n"
        "slot.revision = 7\n"
        "slot.counter('asked', {'model': 'a'}).add(3)\n"
        "board.cells[4095] = 0.5\n"
    )
    subprocess.run([sys.executable, "-c", script, str(board.fd)], check=True, pass_fds=[board.fd])
    seen = board.slots()[1]
    assert (seen.state, seen.n_connections, seen.n_accepted, seen.revision) == (
        SlotState.READY, 5, 9, 7
    )  # fmt: skip
    assert seen.pid not in {0, os.getpid()}
    ((entry,), untouched) = (seen.entries(), board.slots()[0])
    assert (entry.name, entry.labels, list(seen.values(entry))) == ("asked", (("model", "a"),), [3])
    assert (untouched.state, untouched.entries()) == (SlotState.EMPTY, [])
    assert board.cells[4095] == 0.5


def test_a_successor_goes_on_with_counters_and_begins_gauges_anew(board: Board) -> None:
    first = board.slot(0)
    first.counter("asked").add(2)
    first.gauge("waiting").set(4)
    first.n_connections = 3
    second = board.slot(0)
    assert second.counter("asked").value == 2
    assert second.gauge("waiting").value == 0
    assert (second.n_connections, second.state) == (0, SlotState.LOADING)
    second.counter("asked").add()
    assert second.counter("asked").value == 3
    assert len(second.entries()) == 2


def test_a_name_has_one_kind(board: Board) -> None:
    slot = board.slot(0)
    slot.counter("asked")
    with pytest.raises(ValueError, match="`asked` is a counter"):
        slot.gauge("asked")


def test_a_series_that_has_no_room_is_counted_and_works_on(board: Board) -> None:
    slot = board.slot(0)
    bounds = tuple(float(i) for i in range(100_000))
    for i in range(4):
        slot.histogram(f"big {i}", None, bounds).observe(1)
    assert slot.n_series_dropped > 0
    assert slot.histogram("big 3", None, bounds).cumulative()[-1] == 1


def test_what_is_no_board_is_refused() -> None:
    with (
        Path("/dev/null").open("rb") as other,
        pytest.raises(ValueError, match="not that of a board"),
    ):
        Board.attach(other.fileno())


def test_a_private_board_has_one_slot_and_no_descriptor() -> None:
    board = Board.private()
    assert (board.fd, len(board.slots())) == (None, 1)
    board.close()
