from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest

from clocks import ManualClock
from headway.monitoring.slots import Board, SlotState
from headway.serving.plan import ServingPlan
from headway.serving.settings import WorkerSettings
from headway.supervisor.child import ChildProcess
from headway.supervisor.heartbeat import GRACE_S, LOOK_S, Watch, beat
from headway.supervisor.messages import Begin, Ready
from headway.supervisor.places import Place
from running import is_alive, wait_until
from speaking import PREAMBLE, saying

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.supervisor.messages import Report

SETTINGS = WorkerSettings(hang_timeout_s=10, drain_timeout_s=3)
READY = saying(Ready("http://u"))
STUBBORN = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {READY}; signal.pause()"


class Ward:
    """Two workers that do not end at SIGTERM, and whose signs of life a test gives."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.board = Board.create(2)
        self.ended: list[tuple[int, str]] = []
        self.places = [
            Place(number, slot, self.start, self.clock)
            for number, slot in enumerate(self.board.slots())
        ]
        self.watch = Watch(self.places, SETTINGS, self.note, self.clock)
        for place in self.places:
            self.fill(place)

    def start(self, _: int) -> ChildProcess[Report]:
        child: ChildProcess[Report] = ChildProcess([sys.executable, "-c", PREAMBLE + STUBBORN])
        wait_until(lambda: child.reports.receive()[0])
        return child

    def fill(self, place: Place) -> None:
        place.fill(Begin(SETTINGS, ServingPlan(1, ())))
        place.slot.state = SlotState.READY
        place.note_ready()

    def note(self, place: Place, why: str) -> None:
        self.ended.append((place.number, why))

    def pass_s(self, duration_s: float, *beating: int, is_loading: bool = False) -> None:
        """Let time pass, in which some workers give signs of life."""
        end_s = self.clock.at_s + duration_s
        while self.clock.at_s < end_s:
            self.clock.sleep(LOOK_S)
            for number in beating:
                self.places[number].slot.n_beats += 1
            self.watch.turn(is_loading=is_loading)

    def is_alive(self, number: int) -> bool:
        child = self.places[number].child
        return child is not None and is_alive(child.pid)


@pytest.fixture
def ward() -> Iterator[Ward]:
    ward = Ward()
    yield ward
    for place in ward.places:
        if place.child is not None:
            place.child.kill()
            place.bury()
    ward.board.close()


def test_who_gives_signs_of_life_is_left_alone(ward: Ward) -> None:
    ward.pass_s(3 * SETTINGS.hang_timeout_s, 0, 1)
    assert ward.ended == []


def test_who_is_silent_answers_nothing_and_is_killed_after_a_while(ward: Ward) -> None:
    ward.pass_s(SETTINGS.hang_timeout_s - LOOK_S, 0)
    assert ward.ended == []
    ward.pass_s(2 * LOOK_S, 0)
    assert ward.ended == [(1, "hangs for 10 s")]
    assert ward.places[1].slot.state is SlotState.DRAINING
    assert ward.places[1].status(is_draining=False).state == "draining"
    assert ward.is_alive(1)
    ward.pass_s(GRACE_S, 0)
    wait_until(lambda: not ward.is_alive(1))
    assert ward.is_alive(0)
    # said once, and whoever comes after it begins anew
    ward.places[1].bury()
    ward.fill(ward.places[1])
    ward.pass_s(SETTINGS.hang_timeout_s - LOOK_S, 0)
    assert len(ward.ended) == 1


def test_who_loads_may_be_silent(ward: Ward) -> None:
    ward.pass_s(60, 0, is_loading=True)
    assert ward.ended == []
    ward.places[1].is_ready = False
    ward.pass_s(60, 0)
    assert ward.ended == []


def test_a_supervisor_that_was_stopped_itself_blames_nobody(ward: Ward) -> None:
    ward.pass_s(LOOK_S, 0, 1)
    ward.clock.sleep(3600)
    ward.watch.turn(is_loading=False)
    ward.pass_s(LOOK_S, 0, 1)
    assert ward.ended == []


def test_who_has_a_model_that_does_not_return_gets_its_drain_time(ward: Ward) -> None:
    ward.places[0].slot.is_stuck = True
    ward.pass_s(SETTINGS.drain_timeout_s, 0, 1)
    assert ward.ended == [(0, "has a model that does not return")]
    # the worker says itself that it drains
    assert ward.places[0].slot.state is SlotState.READY
    assert ward.is_alive(0)
    ward.pass_s(GRACE_S + LOOK_S, 0, 1)
    wait_until(lambda: not ward.is_alive(0))


def test_one_is_replaced_at_a_time(ward: Ward) -> None:
    for place in ward.places:
        place.slot.is_stuck = True
    ward.pass_s(4 * LOOK_S, 0, 1)
    assert [number for number, _ in ward.ended] == [0]
    assert ward.places[0].child is not None
    ward.places[0].child.kill()
    ward.places[0].bury()
    ward.pass_s(LOOK_S, 1)
    assert len(ward.ended) == 1
    ward.fill(ward.places[0])
    ward.places[0].slot.is_stuck = False
    ward.pass_s(LOOK_S, 0, 1)
    assert [number for number, _ in ward.ended] == [0, 1]


def test_a_loop_that_turns_gives_signs_of_life() -> None:
    slot = Board.private().slot(0)
    said = iter([False, True])

    said_twice = asyncio.Event()

    def is_stuck() -> bool:
        if slot.n_beats == 2:
            said_twice.set()
        return next(said)

    async def live() -> None:
        beating = asyncio.create_task(beat(slot, is_stuck))
        await said_twice.wait()
        beating.cancel()

    asyncio.run(live())
    assert (slot.n_beats, slot.is_stuck) == (2, True)
