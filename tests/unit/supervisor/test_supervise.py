from __future__ import annotations

import dataclasses
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from headway.core.clock import SystemClock
from headway.errors import BundleCorruptError, ConfigError, HeadwayError, ServerError
from headway.serving.plan import ServingPlan, write_plan
from headway.supervisor import supervise as module
from headway.supervisor.child import ChildProcess
from headway.supervisor.signals import ending_signals
from headway.supervisor.supervise import Audience, Supervisor, SupervisorSettings, supervise

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Workers in a few words: what they report, and how they end.
SCRIPT = """
import signal, socket, sys, time
end = socket.socket(fileno=int(sys.argv[-1]))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
"""
READY = r"""end.sendall(b'{"type":"ready","url":"http://u"}\n');"""
FAILED = r"""end.sendall(b'{"type":"failed","code":"bundle.corrupt","message":"m","hint":"h"}\n')"""
STAYS = READY + "signal.pause()"
CRASHES = READY + "sys.exit(9)"
STUBBORN = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {READY} signal.pause()"


@dataclasses.dataclass
class Stage:
    """What a supervisor was told to start, and what it has said."""

    scripts: list[str]
    ready: list[str] = dataclasses.field(default_factory=list)
    events: list[str] = dataclasses.field(default_factory=list)
    started: list[ChildProcess] = dataclasses.field(default_factory=list)
    signal_when_ready: int | None = None

    def start(self) -> ChildProcess:
        """Start the next worker; the last one again and again."""
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        self.started.append(ChildProcess([sys.executable, "-c", SCRIPT + script]))
        return self.started[-1]

    def on_ready(self, url: str) -> None:
        self.ready.append(url)
        if self.signal_when_ready is not None:
            os.kill(os.getpid(), self.signal_when_ready)

    def run(
        self, drain_timeout_s: float = 5, on_event: Callable[[str], None] | None = None
    ) -> None:
        audience = Audience(on_ready=self.on_ready, on_event=on_event or self.events.append)
        with ending_signals() as signals:
            Supervisor(
                self.start, audience, signals, SystemClock(), drain_timeout_s=drain_timeout_s
            ).run()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for hundredths of seconds instead of seconds."""
    monkeypatch.setattr(module, "FIRST_DELAY_S", 0.01)
    monkeypatch.setattr(module, "LONGEST_DELAY_S", 0.02)
    monkeypatch.setattr(module, "_KILL_MARGIN_S", 0.2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_worker_and_then_the_supervisor(number: int) -> None:
    stage = Stage([STAYS], signal_when_ready=number)
    stage.run()
    assert stage.ready == ["http://u"]
    assert stage.events == []
    assert stage.started[0].end() == "ended with exit code 0"


def test_a_worker_that_crashes_is_replaced_and_the_url_said_once() -> None:
    stage = Stage([CRASHES, CRASHES, STAYS])
    timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    stage.run()
    timer.join()
    assert len(stage.started) == 3
    assert stage.ready == ["http://u"]
    assert [event for event in stage.events if "another one" in event] == [
        "the worker ended with exit code 9; another one starts in 0.01 s",
        "the worker ended with exit code 9; another one starts in 0.02 s",
    ]
    assert stage.events[-1] == "the new worker is ready"


def test_a_worker_that_never_becomes_ready_is_not_tried_again() -> None:
    stage = Stage([FAILED])
    with pytest.raises(BundleCorruptError) as caught:
        stage.run()
    assert (caught.value.message, caught.value.hint) == ("m", "h")
    assert len(stage.started) == 1


def test_a_worker_that_ends_without_a_word_is_named_with_its_end() -> None:
    with pytest.raises(ServerError, match="the worker ended with exit code 4 before it was ready"):
        Stage(["sys.exit(4)"]).run()


def test_starts_that_fail_again_and_again_are_given_up() -> None:
    stage = Stage([CRASHES, FAILED])
    with pytest.raises(BundleCorruptError):
        stage.run()
    assert len(stage.started) == 1 + module.MAX_FAILED_STARTS


def test_a_worker_that_does_not_end_is_killed_after_its_time() -> None:
    stage = Stage([STUBBORN], signal_when_ready=signal.SIGTERM)
    stage.run(drain_timeout_s=0.1)
    assert stage.started[0].end() == "was ended by SIGKILL"


def test_a_second_signal_does_not_wait() -> None:
    stage = Stage([STUBBORN], signal_when_ready=signal.SIGTERM)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    stage.run(drain_timeout_s=60)
    timer.join()
    assert stage.started[0].end() == "was ended by SIGKILL"


def test_a_signal_of_somebody_else_ends_nothing() -> None:
    previous = signal.signal(signal.SIGUSR1, lambda *_: None)
    stage = Stage([STAYS], signal_when_ready=signal.SIGUSR1)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM))
    started_s = time.monotonic()
    timer.start()
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
    monkeypatch.setattr(module, "FIRST_DELAY_S", 30)
    monkeypatch.setattr(module, "LONGEST_DELAY_S", 30)
    stage = Stage([CRASHES])
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    stage.run()
    timer.join()
    assert len(stage.started) == 1


def test_no_worker_is_left_where_the_supervisor_fails() -> None:
    stage = Stage([STAYS.replace("signal.pause()", "end.recv(1)")])

    def fail(_: str) -> None:
        raise RuntimeError("of the caller")

    stage.on_ready = fail  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="of the caller"):
        stage.run()
    assert stage.started[0].end() == "ended with exit code 0"


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"host": "0.0.0.0"}, ConfigError, "no key is asked for"),
        ({"host": "nowhere.invalid", "insecure": True}, ServerError, "no address of this machine"),
    ],
)
def test_nothing_is_started_where_nothing_may_be_listened_on(
    tmp_path: Path, fields: dict[str, object], error: type[HeadwayError], message: str
) -> None:
    plan = tmp_path / "plan.json"
    write_plan(plan, ServingPlan(1, ()))
    settings = SupervisorSettings(plan, **fields)  # type: ignore[arg-type]
    with pytest.raises(error, match=message):
        supervise(settings, Audience(print, print), SystemClock())


def test_a_missing_plan_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    settings = SupervisorSettings(tmp_path / "nowhere.json")
    with pytest.raises(ConfigError, match="no serving plan"):
        supervise(settings, Audience(print, print), SystemClock())
