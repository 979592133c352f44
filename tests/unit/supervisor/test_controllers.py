from __future__ import annotations

import math
import select
import socket
import sys
from typing import Any

import pytest

from clocks import ManualClock
from headway.errors import MissingExtraError
from headway.serving.control import AdminFailed, AdminReady, Propose, ServerStatus, SetKeys
from headway.serving.plan import ServingPlan
from headway.supervisor.controllers import ControllerCommand, ControllerPlace
from speaking import PREAMBLE, saying

PLAN = ServingPlan(7, ())


class Stage:
    """A controller, and what it has asked for and what was told of it."""

    def __init__(self, script: str) -> None:
        self.requests: list[Any] = []
        self.events: list[str] = []
        self.clock = ManualClock()
        self.place = ControllerPlace(
            ControllerCommand((sys.executable, "-c", PREAMBLE + script)),
            self.requests.append,
            self.events.append,
            self.clock,
        )

    def live(self) -> None:
        """Start it, hear it until its end, and bury it."""
        child = self.place.start()
        assert child is not None
        end = child.reports
        is_over = False
        while not is_over:
            assert select.select([end], [], [], 10)[0]
            messages, is_over = end.receive()
            for message in messages:
                self.place.hear(message)
        self.place.bury()


def test_it_is_heard_and_its_requests_are_passed_on() -> None:
    said = [Propose("one", PLAN), SetKeys((), asks_for_key=True)]
    stage = Stage(saying(AdminReady("http://admin"), *said))
    stage.live()
    assert stage.requests == said
    assert stage.events[0] == "the admin API is at http://admin"


def test_it_is_started_again_after_delays_that_double() -> None:
    stage = Stage("sys.exit(3)")
    for _ in range(3):
        stage.live()
    assert stage.events == [
        f"the controller ended with exit code 3; it is started again in {delay} s"
        for delay in (0.1, 0.2, 0.4)
    ]
    assert stage.place.start_s == stage.clock.monotonic_s() + 0.4


def test_why_it_cannot_start_is_said() -> None:
    stage = Stage(saying(AdminFailed("store.unavailable", "the database is down", "start it")))
    stage.live()
    assert stage.events == [
        "there is no admin API: the database is down (start it); it is started again in 0.1 s"
    ]


def test_without_its_extra_it_is_not_tried_again() -> None:
    stage = Stage(saying(AdminFailed(MissingExtraError.code, "`x` is not installed")))
    stage.live()
    assert stage.place.start_s == math.inf
    assert stage.events == [
        "there is no admin API: `x` is not installed; predictions are answered all the same"
    ]


def test_it_is_told_each_status_once_and_a_new_one_is_told_again() -> None:
    stage = Stage("")
    status = ServerStatus("http://u", PLAN, ())
    # with nobody there, nobody is told
    stage.place.tell_status(status)
    for _ in range(2):
        script = "import select; data = end.recv(65536); time.sleep(0.1);"
        script += "more = select.select([end], [], [], 0)[0]; sys.exit(9 if more else 4)"
        stage.place._command = ControllerCommand((sys.executable, "-c", PREAMBLE + script))
        child = stage.place.start()
        assert child is not None
        stage.place.tell_status(status)
        stage.place.tell_status(status)
        assert select.select([child.reports], [], [], 10)[0]
        stage.place.bury()
    assert all("exit code 4" in event for event in stage.events)
    assert len(stage.events) == 2


def test_it_ends_when_it_is_told_and_where_it_is_gone_already() -> None:
    stage = Stage(f"{saying(AdminReady('http://admin'))}; signal.pause()")
    child = stage.place.start()
    assert child is not None
    assert select.select([child.reports], [], [], 10)[0]
    stage.place.close()
    assert child.end() == "ended with exit code 0"
    stage.place.close()
    stage.place.bury()
    assert stage.events == []


def test_what_the_system_does_not_let_be_started_is_tried_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(socket, "socketpair", fail)
    stage = Stage("")
    assert stage.place.start() is None
    assert stage.place.start_s == stage.clock.monotonic_s() + 0.1
    assert stage.events == [
        "the controller could not be started: Too many open files; it is started again in 0.1 s"
    ]
