from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from clocks import ManualClock
from headway.errors import BundleCorruptError, ChangeRefusedError, HeadwayError, ServerError
from headway.serving.plan import ServingPlan
from headway.supervisor.messages import Activate, Activated, Discard, Load, Loaded, Refused
from headway.supervisor.rollout import ACTIVATE_TIMEOUT_S, LOAD_TIMEOUT_S, Proposal, Rollouts

if TYPE_CHECKING:
    from headway.supervisor.messages import Report


@dataclasses.dataclass(eq=False)
class Worker:
    """A place as a rollout sees it."""

    number: int
    child: object | None = None
    revision: int = 1
    is_ready: bool = True
    last_end: str = "was ended by SIGKILL"
    told: list[msgspec.Struct] = dataclasses.field(default_factory=list)

    def tell(self, order: msgspec.Struct) -> None:
        self.told.append(order)


class Stage:
    """Workers, and what becomes of what is proposed."""

    def __init__(self, n_workers: int = 2) -> None:
        self.clock = ManualClock()
        self.workers = [Worker(i, object()) for i in range(n_workers)]
        self.active: list[int] = []
        self.outcomes: list[HeadwayError | None] = []
        places: Any = self.workers
        self.rollouts = Rollouts(
            ServingPlan(1, ()), places, lambda plan: self.active.append(plan.revision), self.clock
        )

    def propose(self, revision: int) -> None:
        plan = ServingPlan(revision, ())
        self.rollouts.propose(Proposal(lambda _: plan, self.outcomes.append))

    def hear(self, number: int, report: Any) -> None:
        """Hear a worker that answers its last order, or whom a report names."""
        worker: Any = self.workers[number]
        if not report.serial and worker.told:
            report = msgspec.structs.replace(report, serial=worker.told[-1].serial)
        self.rollouts.hear(worker, report)

    def die(self, number: int) -> None:
        worker: Any = self.workers[number]
        was_ready, worker.is_ready, worker.child = worker.is_ready, False, None
        self.rollouts.note_gone(worker, was_ready=was_ready)

    def start(self, number: int) -> None:
        worker: Any = self.workers[number]
        worker.child = object()
        self.rollouts.note_started(worker)

    def told(self, kind: type) -> list[int]:
        """Return the numbers of the workers that were told such a thing, once for each time."""
        return [w.number for w in self.workers for order in w.told if isinstance(order, kind)]


def test_a_plan_is_live_when_all_have_loaded_it_and_then_switched() -> None:
    stage = Stage()
    stage.propose(2)
    # one shows that it can be loaded
    assert stage.told(Load) == [0]
    stage.hear(0, Loaded(2))
    assert stage.told(Load) == [0, 1]
    assert stage.told(Activate) == stage.active == []
    stage.hear(1, Loaded(2))
    assert (stage.told(Activate), stage.active) == ([0, 1], [2])
    stage.hear(1, Activated(2))
    assert stage.outcomes == []
    stage.hear(0, Activated(2))
    assert stage.outcomes == [None]
    assert stage.rollouts.active.revision == 2
    assert [worker.revision for worker in stage.workers] == [2, 2]


def test_what_one_refuses_none_serves() -> None:
    stage = Stage()
    stage.propose(2)
    stage.hear(0, Loaded(2))
    stage.hear(1, Refused(2, "bundle.corrupt", "damaged", "fetch it"))
    (error,) = stage.outcomes
    assert isinstance(error, BundleCorruptError)
    assert (error.message, error.hint) == ("damaged", "fetch it")
    assert (stage.told(Discard), stage.told(Activate)) == ([0, 1], [])
    assert stage.rollouts.active.revision == 1


def test_what_kills_a_worker_is_not_given_to_its_successor() -> None:
    stage = Stage()
    stage.propose(2)
    stage.hear(0, Loaded(2))
    stage.die(1)
    (error,) = stage.outcomes
    assert isinstance(error, ServerError)
    assert error.message == "a worker was ended by SIGKILL while revision 2 was loaded"
    stage.start(1)
    assert stage.told(Load) == [0, 1]


def test_what_takes_too_long_is_given_up() -> None:
    stage = Stage()
    stage.propose(2)
    stage.hear(0, Loaded(2))
    stage.clock.sleep(LOAD_TIMEOUT_S - 1)
    stage.rollouts.turn()
    assert stage.outcomes == []
    stage.clock.sleep(1)
    assert stage.rollouts.deadline_s <= stage.clock.monotonic_s()
    stage.rollouts.turn()
    assert str(stage.outcomes[0]).startswith("a worker has not loaded revision 2 within")
    # what it says later is of no use any more
    stage.hear(1, Loaded(2))
    assert stage.told(Activate) == []


def test_a_worker_that_starts_in_the_middle_loads_it_too() -> None:
    stage = Stage()
    stage.workers[1].child = None
    stage.propose(2)
    stage.start(1)
    stage.hear(0, Loaded(2))
    assert stage.told(Activate) == []
    stage.hear(1, Loaded(2))
    assert stage.told(Activate) == [0, 1]
    # one that starts now is given the plan as its first
    stage.die(0)
    stage.start(0)
    assert stage.told(Load) == [0, 1]
    stage.hear(1, Activated(2))
    assert stage.outcomes == [None]


def test_a_plan_that_kills_who_loads_it_ends_one_worker() -> None:
    stage = Stage(3)
    stage.workers[0].is_ready = False
    stage.propose(2)
    assert stage.told(Load) == [1]
    stage.start(0)
    stage.die(1)
    assert (stage.told(Load), stage.told(Discard), len(stage.outcomes)) == ([1], [1], 1)


def test_each_step_has_its_time() -> None:
    stage = Stage()
    stage.propose(2)
    stage.clock.sleep(LOAD_TIMEOUT_S - 1)
    stage.hear(0, Loaded(2))
    stage.clock.sleep(LOAD_TIMEOUT_S - 1)
    stage.rollouts.turn()
    assert stage.outcomes == []
    stage.clock.sleep(1)
    stage.rollouts.turn()
    assert len(stage.outcomes) == 1


def test_what_is_said_late_of_another_plan_of_the_same_revision_is_passed_over() -> None:
    stage = Stage()
    stage.propose(2)
    stage.propose(2)
    stage.hear(0, Loaded(2))
    stage.hear(0, Refused(2, "x", "no", None))
    stage.hear(0, Loaded(2))
    assert stage.told(Load) == [0, 0, 1, 1]
    first, second = (order.serial for order in stage.workers[1].told if isinstance(order, Load))
    assert first != second
    stage.hear(1, Loaded(2, first))
    assert stage.told(Activate) == []
    stage.hear(1, Loaded(2, second))
    assert stage.told(Activate) == [0, 1]


def test_a_refusal_that_comes_while_they_switch_changes_nothing() -> None:
    stage = Stage()
    stage.propose(2)
    for number in (0, 1):
        stage.hear(number, Loaded(2))
    stage.hear(0, Refused(2, "x", "no", None))
    assert (stage.outcomes, stage.told(Discard), stage.active) == ([], [], [2])


def test_who_fails_at_the_live_plan_refuses_no_other_one() -> None:
    stage = Stage()
    stage.workers[1].is_ready = False
    stage.propose(2)
    stage.hear(0, Loaded(2))
    stage.die(1)
    assert (stage.active, stage.told(Activate)) == ([2], [0])


def test_where_the_first_fails_at_the_live_plan_another_one_is_the_first() -> None:
    stage = Stage()
    for worker in stage.workers:
        worker.is_ready = False
    stage.propose(2)
    stage.die(0)
    assert (stage.told(Load), stage.outcomes) == ([0, 1], [])
    stage.die(1)
    stage.start(1)
    assert (stage.told(Load), stage.outcomes, stage.active) == ([0, 1, 1], [], [])


def test_with_no_worker_at_all_it_waits_for_one() -> None:
    stage = Stage(1)
    stage.workers[0].child = None
    stage.propose(2)
    stage.rollouts.turn()
    assert stage.active == []
    stage.start(0)
    stage.hear(0, Loaded(2))
    assert stage.active == [2]


def test_a_worker_that_does_not_switch_does_not_hold_up_the_next_plan() -> None:
    stage = Stage()
    stage.propose(2)
    for number in (0, 1):
        stage.hear(number, Loaded(2))
    stage.hear(0, Activated(2))
    stage.clock.sleep(ACTIVATE_TIMEOUT_S)
    stage.rollouts.turn()
    assert stage.outcomes == [None]


def test_one_plan_follows_the_other() -> None:
    stage = Stage(1)
    stage.propose(2)
    stage.propose(3)
    assert [order.plan.revision for order in stage.workers[0].told if isinstance(order, Load)] == [
        2
    ]
    for revision in (2, 3):
        stage.hear(0, Loaded(revision))
        stage.hear(0, Activated(revision))
    assert (stage.active, stage.outcomes) == ([2, 3], [None, None])


@pytest.mark.parametrize("report", [Loaded(2, 9), Refused(2, "x", "y", None, 9), Activated(2, 9)])
def test_what_is_said_of_another_plan_is_passed_over(report: Report) -> None:
    stage = Stage(1)
    stage.hear(0, report)
    stage.propose(2)
    stage.hear(0, report)
    assert (stage.active, stage.outcomes) == ([], [])


def test_what_cannot_be_proposed_is_answered_and_the_next_one_begun() -> None:
    stage = Stage(1)

    def refuse(_: ServingPlan) -> ServingPlan:
        raise ChangeRefusedError("too old")

    stage.propose(2)
    stage.rollouts.propose(Proposal(refuse, stage.outcomes.append))
    stage.rollouts.propose(Proposal(lambda active: active, stage.outcomes.append))
    stage.hear(0, Loaded(2))
    stage.hear(0, Activated(2))
    assert [type(outcome) for outcome in stage.outcomes] == [
        type(None), ChangeRefusedError, type(None)
    ]  # fmt: skip
