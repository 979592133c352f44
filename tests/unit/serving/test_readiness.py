from __future__ import annotations

import msgspec
import pytest

from headway.errors import BundleCorruptError
from headway.monitoring.slots import Board, SlotState
from headway.serving.readiness import Readiness, WorkerCount


def board(*states: SlotState) -> Board:
    """Return the memory of a server whose workers are in these states; by default of one that loads."""
    made = Board.create(len(states) or 1)
    for slot, state in zip(made.slots(), states, strict=False):
        slot.state = state
    made.close()
    return made


def test_a_server_is_loading_until_it_is_told_otherwise() -> None:
    readiness = Readiness(7, board())
    assert readiness.report().status == "loading"
    assert readiness.report().revision == 7
    assert not readiness.is_loaded


def test_a_loaded_server_names_its_models() -> None:
    readiness = Readiness(7, board())
    readiness.note_loaded(7, {"credit": ["3"]})
    assert msgspec.to_builtins(readiness.report()) == {
        "status": "ready",
        "revision": 7,
        "models": {"credit": ["3"]},
    }
    assert readiness.is_loaded


def test_a_failure_says_its_kind_and_no_path() -> None:
    readiness = Readiness(7, board())
    readiness.note_failed(BundleCorruptError("`/srv/secret/graph.onnx` is missing"))
    report = readiness.report()
    assert report.status == "failed"
    assert "bundle.corrupt" in (report.reason or "")
    assert "secret" not in (report.reason or "")
    assert not readiness.is_loaded


def test_draining_stands_over_whatever_loading_does() -> None:
    readiness = Readiness(7, board())
    readiness.note_draining()
    readiness.note_loaded(7, {"credit": ["3"]})
    assert readiness.report().status == "draining"
    assert readiness.report().models == {"credit": ["3"]}
    assert readiness.is_loaded


@pytest.mark.parametrize("other", [SlotState.EMPTY, SlotState.LOADING])
def test_a_server_of_which_some_workers_answer_is_degraded(other: SlotState) -> None:
    readiness = Readiness(7, board(SlotState.READY, other, SlotState.READY))
    readiness.note_loaded(7, {"credit": ["3"]})
    report = readiness.report()
    assert (report.status, report.workers) == ("degraded", WorkerCount(2, 3))
    assert report.is_answering
    assert readiness.own_status == "ready"


def test_a_worker_that_loads_tells_that_others_answer() -> None:
    readiness = Readiness(7, board(SlotState.READY, SlotState.LOADING))
    assert readiness.report().is_answering
    assert readiness.own_status == "loading"


def test_another_plan_is_told_with_its_revision() -> None:
    readiness = Readiness(7, board(SlotState.READY))
    readiness.note_loaded(8, {"credit": ["4"]})
    report = readiness.report()
    assert (report.status, report.revision, report.models) == ("ready", 8, {"credit": ["4"]})


@pytest.mark.parametrize("status", ["loading", "failed", "draining"])
def test_only_who_answers_is_said_to(status: str) -> None:
    readiness = Readiness(7, board(SlotState.LOADING, SlotState.LOADING))
    if status == "failed":
        readiness.note_failed(BundleCorruptError("no"))
    if status == "draining":
        readiness.note_draining()
    assert (readiness.report().status, readiness.report().is_answering) == (status, False)
