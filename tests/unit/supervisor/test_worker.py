from __future__ import annotations

import os
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from crafted import crafted_plan
from headway.monitoring.slots import Board
from headway.security.keys import ApiKey
from headway.serving.app import ServingApp
from headway.serving.executor import Executor
from headway.serving.plan import ServingPlan, write_plan
from headway.serving.settings import WorkerSettings
from headway.supervisor import worker as module
from headway.supervisor.acceptor import Share
from headway.supervisor.channel import ChildEnd, ParentEnd
from headway.supervisor.listener import bind_listener
from headway.supervisor.messages import Activate, Activated, Failed, Load, Loaded, Ready
from headway.supervisor.uvicorn import HttpServer
from headway.supervisor.worker import FAILED, Worker, main
from headway.wiring import build_app
from running import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.supervisor.messages import Report


class SignalledWhenReady(ChildEnd):
    """Sends this very process a signal as soon as its worker is ready."""

    number: int = signal.SIGTERM

    def send(self, report: Report) -> None:
        super().send(report)
        os.kill(os.getpid(), self.number)


@pytest.fixture
def ends() -> Iterator[tuple[ParentEnd[Report], SignalledWhenReady]]:
    ours, theirs = socket.socketpair()
    parent, child = ParentEnd[Any](ours), SignalledWhenReady(theirs.detach())
    yield parent, child
    parent.close()
    child.close()


def live(plan: ServingPlan, child: ChildEnd, board: Board | None = None) -> int:
    board = board or Board.private()
    slot = board.slot(0)
    app = build_app(plan, WorkerSettings(), (board, slot))
    server = HttpServer(app, Share(slot, (), max_connections=10))
    worker = Worker(app, server, bind_listener("127.0.0.1", 0), child, slot=slot, drain_timeout_s=1)
    return worker.run()


def heard(parent: ParentEnd[Report]) -> list[Report]:
    return parent.receive()[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_reports_that_it_is_ready_and_ends_at_a_signal(
    tmp_path: Path, ends: tuple[ParentEnd[Report], SignalledWhenReady], number: signal.Signals
) -> None:
    parent, child = ends
    child.number = number
    assert live(crafted_plan(tmp_path), child) == 0
    (report,) = heard(parent)
    assert isinstance(report, Ready)
    assert report.url.startswith("http://127.0.0.1:")


def test_a_worker_tells_of_a_model_that_does_not_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: tuple[ParentEnd[Report], ChildEnd]
) -> None:
    parent, child = ends
    board = Board.private()
    slot = board.slots()[0]
    monkeypatch.setattr(SignalledWhenReady, "number", 0)
    monkeypatch.setattr(Executor, "is_stuck", property(lambda _: True))

    def end() -> None:
        wait_until(lambda: slot.is_stuck)
        parent.close()

    ending = threading.Thread(target=end)
    ending.start()
    assert live(crafted_plan(tmp_path), child, board) == 0
    ending.join()
    assert slot.n_beats > 1


def test_a_worker_ends_when_its_parent_is_gone(
    ends: tuple[ParentEnd[Report], SignalledWhenReady],
) -> None:
    parent, child = ends
    child.number = 0  # no signal at all
    parent.close()
    assert live(ServingPlan(1, ()), child) == 0


def test_a_worker_that_cannot_load_reports_why(
    tmp_path: Path, ends: tuple[ParentEnd[Report], SignalledWhenReady]
) -> None:
    parent, child = ends
    plan = crafted_plan(tmp_path)
    next(tmp_path.rglob("graph.onnx")).unlink()
    assert live(plan, child) == FAILED
    (report,) = heard(parent)
    assert isinstance(report, Failed)
    assert report.code == "bundle.corrupt"
    assert "graph.onnx" in report.message


@pytest.mark.parametrize("plan", [None, ServingPlan(1, (), keys=(ApiKey("test", "in the clear"),))])
def test_a_plan_that_cannot_be_used_is_said_on_standard_error(
    tmp_path: Path, plan: ServingPlan | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plan.json"
    if plan is not None:
        write_plan(path, plan)
    with pytest.raises(SystemExit) as ended:
        main(["--plan", str(path)])
    assert ended.value.code == FAILED
    assert capsys.readouterr().err.startswith("error: ")


class Obeying(ChildEnd):
    """Has the worker load another plan and switch to it, and then end."""

    def __init__(self, fd: int, parent: ParentEnd[Report], plan: ServingPlan) -> None:
        super().__init__(fd)
        self.parent = parent
        self.plan = plan

    def send(self, report: Report) -> None:
        super().send(report)
        if isinstance(report, Ready):
            self.parent.send(Load(self.plan, 1))
        elif isinstance(report, Loaded):
            self.parent.send(Activate(report.revision, report.serial))
        else:
            os.kill(os.getpid(), signal.SIGTERM)


def test_a_worker_obeys_its_parent(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    parent = ParentEnd[Any](ours)
    plan = crafted_plan(tmp_path)
    child = Obeying(theirs.detach(), parent, msgspec.structs.replace(plan, revision=8))
    assert live(plan, child) == 0
    assert heard(parent)[1:] == [Loaded(8, 1), Activated(8, 1)]
    parent.close()
    child.close()


def test_a_worker_that_may_not_open_enough_files_takes_fewer_connections_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "make_room", lambda wanted: min(wanted, 100))
    assert [module._room(100), caplog.text] == [100, ""]
    assert module._room(4096) == 100
    assert "100 connections at most" in caplog.text
    assert "`server.max_connections` is 4096" in caplog.text


def test_a_worker_is_told_first_what_to_serve() -> None:
    ours, theirs = socket.socketpair()
    parent = ParentEnd[Any](ours)
    parent.send(Activate(1, 1))
    with pytest.raises(SystemExit) as ended:
        main(["--report-fd", str(theirs.detach())])
    assert ended.value.code == FAILED
    (report,) = heard(parent)
    assert isinstance(report, Failed)
    assert report.message == "the supervisor did not say first what to serve"
    parent.close()


def test_a_worker_that_cannot_switch_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    activate = ServingApp.activate

    def fail(app: ServingApp, revision: int) -> bool:
        if revision == 8:
            raise RuntimeError("no way to 8")
        return activate(app, revision)

    monkeypatch.setattr(ServingApp, "activate", fail)
    ours, theirs = socket.socketpair()
    parent = ParentEnd[Any](ours)
    plan = crafted_plan(tmp_path)
    child = Obeying(theirs.detach(), parent, msgspec.structs.replace(plan, revision=8))
    assert live(plan, child) == FAILED
    assert "no way to 8" in caplog.text
    parent.close()
    child.close()
