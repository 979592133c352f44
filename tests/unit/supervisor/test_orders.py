from __future__ import annotations

import asyncio
import contextlib
import gc
from typing import TYPE_CHECKING, Any

import pytest

from headway.errors import BundleCorruptError
from headway.serving.plan import ServingPlan
from headway.supervisor.channel import ChildEnd
from headway.supervisor.messages import Activate, Activated, Discard, Load, Loaded, Refused
from headway.supervisor.orders import Obedience, freeze

if TYPE_CHECKING:
    from headway.supervisor.messages import Order, Report


class App:
    """Loads plans by name only."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.done: list[tuple[str, int]] = []

    def stage(self, plan: ServingPlan) -> bool:
        if self.error is not None:
            raise self.error
        self.done.append(("stage", plan.revision))
        return True

    def activate(self, revision: int) -> bool:
        self.done.append(("activate", revision))
        return ("stage", revision) in self.done

    def discard(self, revision: int) -> None:
        self.done.append(("discard", revision))


class Parent(ChildEnd):
    def __init__(self) -> None:
        super().__init__(None)
        self.heard: list[Report] = []

    def send(self, report: Report) -> None:
        self.heard.append(report)


def obey(app: Any, *orders: Order) -> list[Report]:
    """Have orders carried out, and return what is reported."""
    parent = Parent()

    async def run() -> None:
        obedience = Obedience(app, parent)
        obedience.note(list(orders))
        obeying = asyncio.create_task(obedience.obey())
        await obedience.carried_out()
        obeying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await obeying

    asyncio.run(run())
    return parent.heard


def test_orders_are_carried_out_one_after_the_other() -> None:
    app = App()
    orders = [
        Load(ServingPlan(2, ()), 5),
        Activate(2, 5),
        Load(ServingPlan(3, ()), 6),
        Discard(3, 6),
    ]
    assert obey(app, *orders) == [Loaded(2, 5), Activated(2, 5), Loaded(3, 6)]
    assert app.done == [("stage", 2), ("activate", 2), ("stage", 3), ("discard", 3)]


def test_a_plan_that_is_not_there_is_not_said_to_be_live() -> None:
    assert obey(App(), Activate(5)) == []


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (BundleCorruptError("damaged", hint="fetch it"), "bundle.corrupt", "damaged"),
        (RuntimeError("boom"), "server.unreachable", "RuntimeError: boom"),
        (SystemExit(3), "server.unreachable", "SystemExit: 3"),
    ],
)
def test_whatever_goes_wrong_is_a_refusal(error: BaseException, code: str, message: str) -> None:
    (refused,) = obey(App(error), Load(ServingPlan(2, ()), 7))
    assert isinstance(refused, Refused)
    assert (refused.revision, refused.code, refused.message) == (2, code, message)
    assert refused.serial == 7


def test_what_is_loaded_is_frozen_and_what_is_not_any_more_freed() -> None:
    try:
        freeze()
        n_frozen = gc.get_freeze_count()
        assert n_frozen > 0
        loop: list[Any] = []
        loop.append(loop)
        freeze()
        del loop
        freeze()
        assert gc.get_freeze_count() <= n_frozen + 100
    finally:
        gc.unfreeze()
