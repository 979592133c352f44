from __future__ import annotations

import dataclasses
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headway.core.clock import SystemClock
from headway.core.frames import FrameReader
from headway.errors import BundleCorruptError, ServerError
from headway.monitoring.slots import Board
from headway.serving.plan import ServingPlan, write_plan
from headway.serving.settings import WorkerSettings
from headway.supervisor import places
from headway.supervisor import supervisor as module
from headway.supervisor.child import ChildProcess
from headway.supervisor.controllers import ControllerCommand, ControllerPlace
from headway.supervisor.messages import Failed, Ready
from headway.supervisor.places import Place
from headway.supervisor.plan_file import PlanFile
from headway.supervisor.signals import ending_signals
from headway.supervisor.supervisor import Audience, Server, Supervisor
from speaking import PREAMBLE, saying

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.supervisor.messages import Report

# workers in a few words: what they report, and how they end
READY = saying(Ready("http://u"))
FAILED = saying(Failed("bundle.corrupt", "m", "h"))
STAYS = f"{READY}; signal.pause()"
CRASHES = f"{READY}; sys.exit(9)"
STUBBORN = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {READY}; signal.pause()"
SLOW_TO_START = f"time.sleep(0.3); {STAYS}"


@dataclasses.dataclass
class Stage:
    """What a supervisor was told to start, and what it has said.

    Attributes:
        scripts: Of the workers, in the order of their starts; the last one again and again.
        n_workers: How many there are at once.
    """

    scripts: list[str]
    n_workers: int = 1
    ready: list[str] = dataclasses.field(default_factory=list)
    events: list[str] = dataclasses.field(default_factory=list)
    started: list[ChildProcess[Report]] = dataclasses.field(default_factory=list)
    places: list[int] = dataclasses.field(default_factory=list)
    signal_when_ready: int | None = None
    controller: str | None = None

    def start(self, number: int) -> ChildProcess[Report]:
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        self.started.append(ChildProcess([sys.executable, "-c", PREAMBLE + script]))
        self.places.append(number)
        return self.started[-1]

    def on_ready(self, url: str) -> None:
        self.ready.append(url)
        if self.signal_when_ready is not None:
            os.kill(os.getpid(), self.signal_when_ready)

    def run(
        self, drain_timeout_s: float = 5, on_event: Callable[[str], None] | None = None
    ) -> None:
        clock = SystemClock()
        board = Board.create(self.n_workers)
        audience = Audience(on_ready=self.on_ready, on_event=on_event or self.events.append)
        with tempfile.TemporaryDirectory() as folder, ending_signals() as signals:
            path = Path(folder) / "plan.json"
            write_plan(path, ServingPlan(1, ()))
            server = Server(
                places=tuple(
                    Place(number, slot, self.start, clock)
                    for number, slot in enumerate(board.slots())
                ),
                file=PlanFile(path),
                worker=WorkerSettings(drain_timeout_s=drain_timeout_s),
                url="http://u",
                poll_interval_s=1,
            )
            supervisor = Supervisor(server, audience, signals, clock)
            if self.controller is not None:
                supervisor.controller = ControllerPlace(
                    ControllerCommand((sys.executable, "-c", PREAMBLE + self.controller)),
                    supervisor.take_request,
                    audience.on_event,
                    clock,
                )
            supervisor.run()
        board.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for hundredths of seconds instead of seconds."""
    monkeypatch.setattr(places, "FIRST_DELAY_S", 0.01)
    monkeypatch.setattr(places, "LONGEST_DELAY_S", 0.02)
    monkeypatch.setattr(module, "_KILL_MARGIN_S", 0.2)


def end_later(delay_s: float, number: int = signal.SIGTERM) -> threading.Timer:
    timer = threading.Timer(delay_s, os.kill, (os.getpid(), number))
    timer.start()
    return timer


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_workers_and_then_the_supervisor(number: int) -> None:
    stage = Stage([STAYS, SLOW_TO_START], n_workers=2, signal_when_ready=number)
    stage.run()
    # said once, when all are ready
    assert stage.ready == ["http://u"]
    assert (stage.events, sorted(stage.places)) == ([], [0, 1])
    assert [child.end() for child in stage.started] == ["ended with exit code 0"] * 2


def test_a_worker_that_crashes_is_replaced_and_the_url_said_once() -> None:
    stage = Stage([CRASHES, CRASHES, STAYS])
    timer = end_later(1.5)
    stage.run()
    timer.join()
    assert len(stage.started) == 3
    assert stage.ready == ["http://u"]
    assert [event for event in stage.events if "another one" in event] == [
        "the worker ended with exit code 9; another one starts in 0.01 s",
        "the worker ended with exit code 9; another one starts in 0.02 s",
    ]
    assert stage.events[-1] == "the new worker is ready"


def test_each_place_is_filled_again_on_its_own() -> None:
    crashes_later = f"{READY}; time.sleep(0.5); sys.exit(9)"
    stage = Stage([STAYS, crashes_later, STAYS], n_workers=2)

    def hear(event: str) -> None:
        stage.events.append(event)
        if event.endswith("is ready"):
            os.kill(os.getpid(), signal.SIGTERM)

    stage.run(on_event=hear)
    assert stage.places == [0, 1, 1]
    assert stage.events == [
        "the worker 2 of 2 ended with exit code 9; another one starts in 0.01 s",
        "the new worker 2 of 2 is ready",
    ]


def test_a_worker_that_never_becomes_ready_is_not_tried_again() -> None:
    stage = Stage([STAYS.replace("signal.pause()", "end.recv(65536); end.recv(1)"), FAILED], 2)
    with pytest.raises(BundleCorruptError) as caught:
        stage.run()
    assert (caught.value.message, caught.value.hint) == ("m", "h")
    # 1: it wanted to say that it is ready, and nobody was there any more
    ends = {child.end() for child in stage.started}
    assert ends <= {"ended with exit code 0", "ended with exit code 1"}
    assert len(stage.started) == 2


def test_a_worker_that_ends_without_a_word_is_named_with_its_end() -> None:
    with pytest.raises(ServerError, match="the worker ended with exit code 4 before it was ready"):
        Stage(["sys.exit(4)"]).run()


def test_starts_that_fail_again_and_again_are_given_up() -> None:
    stage = Stage([CRASHES, FAILED])
    with pytest.raises(BundleCorruptError):
        stage.run()
    assert len(stage.started) == 1 + module.MAX_FAILED_STARTS


def test_they_are_not_where_another_worker_answers() -> None:
    stage = Stage([STAYS, f"{READY}; time.sleep(0.3); sys.exit(9)", FAILED], n_workers=2)

    def hear(event: str) -> None:
        stage.events.append(event)
        if len(stage.events) > module.MAX_FAILED_STARTS + 2:
            os.kill(os.getpid(), signal.SIGTERM)

    stage.run(on_event=hear)
    assert set(stage.places[2:]) == {1}


def test_a_worker_that_does_not_end_is_killed_after_its_time() -> None:
    stage = Stage([STUBBORN], signal_when_ready=signal.SIGTERM)
    stage.run(drain_timeout_s=0.1)
    assert stage.started[0].end() == "was ended by SIGKILL"


def test_a_second_signal_does_not_wait() -> None:
    stage = Stage([STUBBORN], n_workers=2, signal_when_ready=signal.SIGTERM)
    timer = end_later(0.5, signal.SIGINT)
    stage.run(drain_timeout_s=60)
    timer.join()
    assert [child.end() for child in stage.started] == ["was ended by SIGKILL"] * 2


def test_a_signal_of_somebody_else_ends_nothing() -> None:
    previous = signal.signal(signal.SIGUSR1, lambda *_: None)
    stage = Stage([STAYS], signal_when_ready=signal.SIGUSR1)
    started_s = time.monotonic()
    timer = end_later(0.5)
    try:
        stage.run()
    finally:
        signal.signal(signal.SIGUSR1, previous)
        timer.join()
    assert time.monotonic() - started_s >= 0.5
    assert stage.started[0].end() == "ended with exit code 0"


def test_a_worker_that_becomes_ready_is_replaced_however_often_it_crashes() -> None:
    stage = Stage([CRASHES] * (module.MAX_FAILED_STARTS + 2) + [STAYS])
    n_workers = len(stage.scripts)

    def hear(event: str) -> None:
        stage.events.append(event)
        if stage.events.count("the new worker is ready") == n_workers - 1:
            os.kill(os.getpid(), signal.SIGTERM)

    stage.run(on_event=hear)
    assert len(stage.started) == n_workers


def test_a_signal_between_two_workers_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "FIRST_DELAY_S", 30)
    monkeypatch.setattr(places, "LONGEST_DELAY_S", 30)
    stage = Stage([CRASHES])
    timer = end_later(0.5)
    stage.run()
    timer.join()
    assert len(stage.started) == 1


def test_no_worker_is_left_where_the_supervisor_fails() -> None:
    stage = Stage([f"{READY}; end.recv(65536); end.recv(1)"])

    def fail(_: str) -> None:
        raise RuntimeError("of the caller")

    stage.on_ready = fail  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="of the caller"):
        stage.run()
    assert stage.started[0].end() == "ended with exit code 0"


def test_the_controller_is_told_of_the_end_and_ended_last(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    listening = f"""
signal.signal(signal.SIGTERM, signal.SIG_IGN)
heard = open({str(heard)!r}, "wb", buffering=0)
while data := end.recv(65536):
    heard.write(data)
"""
    stage = Stage([STAYS], controller=listening)
    stage.scripts = [STAYS.replace("signal.pause()", "time.sleep(60)")]
    timer = end_later(1.0)
    stage.run()
    timer.join()
    messages: list[Any] = FrameReader().feed(heard.read_bytes())
    assert b'"state":"ready"' in messages[0]
    assert b'"state":"draining"' in messages[-1] or b'"state":"dead"' in messages[-1]
    assert stage.events == []


def test_a_worker_that_the_system_does_not_let_be_started_ends_no_other_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crashes_later = f"{READY}; time.sleep(0.3); sys.exit(9)"
    stage = Stage([STAYS, crashes_later, STAYS], n_workers=2)
    start, n_refused = Stage.start, 0

    def start_at_times(self: Stage, number: int) -> ChildProcess[Report]:
        nonlocal n_refused
        if len(self.started) == 2 and n_refused < module.MAX_FAILED_STARTS:
            n_refused += 1
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return start(self, number)

    monkeypatch.setattr(Stage, "start", start_at_times)

    def hear(event: str) -> None:
        stage.events.append(event)
        if event.endswith("is ready"):
            os.kill(os.getpid(), signal.SIGTERM)

    stage.run(on_event=hear)
    refused = [event for event in stage.events if "could not be started" in event]
    assert len(refused) == module.MAX_FAILED_STARTS
    assert len(stage.started) == 3


def test_a_server_of_which_no_worker_can_be_started_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def start(_: Stage, number: int) -> ChildProcess[Report]:
        raise OSError(24, f"Too many open files {number}")

    monkeypatch.setattr(Stage, "start", start)
    with pytest.raises(ServerError, match="could not be started: Too many open files 0"):
        Stage([STAYS]).run()
