from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING

import pytest

from clocks import ManualClock
from headway.monitoring.slots import Board, SlotState
from headway.serving.plan import ServingPlan
from headway.serving.settings import WorkerSettings
from headway.supervisor import places
from headway.supervisor.child import ChildProcess
from headway.supervisor.messages import Activate, Begin
from headway.supervisor.places import Backoff, Place
from speaking import PREAMBLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.supervisor.messages import Report

BEGIN = Begin(WorkerSettings(), ServingPlan(7, ()))


def test_delays_double_up_to_the_longest() -> None:
    backoff = Backoff(ManualClock())
    delays = [backoff.delay_s() for _ in range(20)]
    assert delays[:3] == [0.1, 0.2, 0.4]
    assert set(delays[8:]) == {places.LONGEST_DELAY_S}
    assert backoff.n_failed_starts == 20


def test_what_was_well_for_long_is_started_at_once() -> None:
    clock = ManualClock()
    backoff = Backoff(clock)
    backoff.delay_s()
    backoff.note_ready()
    clock.sleep(places.STABLE_S)
    assert [backoff.delay_s(), backoff.delay_s()] == [0.0, 0.1]


def test_what_was_well_for_a_moment_goes_on_where_it_was() -> None:
    clock = ManualClock()
    backoff = Backoff(clock)
    backoff.delay_s()
    backoff.note_ready()
    assert (backoff.delay_s(), backoff.n_failed_starts) == (0.2, 0)


@pytest.fixture
def board() -> Iterator[Board]:
    board = Board.create(2)
    yield board
    board.close()


@pytest.fixture
def place(board: Board) -> Iterator[Place]:
    def start(number: int) -> ChildProcess[Report]:
        # it takes its slot, reads one word, and waits
        script = f"assert {number} == 1; end.recv(65536); signal.pause()"
        return ChildProcess([sys.executable, "-c", PREAMBLE + script])

    place = Place(1, board.slots()[1], start, ManualClock())
    yield place
    if place.child is not None:
        place.child.kill()
        place.bury()


def test_a_place_tells_how_its_worker_is(place: Place, board: Board) -> None:
    def state() -> tuple[str, int]:
        status = place.status(is_draining=False)
        return status.state, status.revision

    assert state() == ("dead", 0)
    place.fill(BEGIN)
    assert state() == ("starting", 0)
    board.slots()[1].state = SlotState.LOADING
    assert state() == ("loading", 0)
    place.note_ready()
    assert state() == ("ready", 7)
    assert place.status(is_draining=True).state == "draining"


def test_a_place_whose_worker_is_gone_is_empty_until_its_time(place: Place, board: Board) -> None:
    child = place.fill(BEGIN)
    assert child is not None
    slot = board.slots()[1]
    slot.state, slot.n_connections = SlotState.READY, 5
    place.note_ready()
    child.kill()
    assert place.bury() == 0.1
    assert place.start_s == 1000.1
    assert (place.child, place.is_ready, place.was_ready) == (None, False, True)
    assert (slot.state, slot.n_connections) == (SlotState.EMPTY, 0)
    place.tell(Activate(8))
    place.fill(BEGIN)
    status = place.status(is_draining=False)
    assert (status.n_restarts, status.last_end) == (1, "was ended by SIGKILL")
    assert slot.n_restarts == 1


def test_what_the_system_does_not_let_be_started_is_tried_again_later(board: Board) -> None:
    def start(_: int) -> ChildProcess[Report]:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    place = Place(1, board.slots()[1], start, ManualClock())
    for n_failed, due_s in ((1, 1000.1), (2, 1000.2)):
        assert place.fill(BEGIN) is None
        assert (place.n_failed_starts, place.start_s, place.child) == (n_failed, due_s, None)
    assert place.last_end == "could not be started: Resource temporarily unavailable"


def test_a_worker_that_has_closed_its_channel_and_stays_is_killed_soon(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    # it would be waited for so long
    monkeypatch.setattr(ChildProcess.end, "__defaults__", (3600,))

    def start(_: int) -> ChildProcess[Report]:
        script = "signal.signal(signal.SIGTERM, signal.SIG_IGN); end.close(); signal.pause()"
        return ChildProcess([sys.executable, "-c", PREAMBLE + script])

    place = Place(1, board.slots()[1], start, ManualClock())
    child = place.fill(BEGIN)
    assert child is not None
    place.bury()
    assert place.last_end == "was ended by SIGKILL"
