"""Does in a worker what the supervisor orders: loads plans beside the live one, switches, lets go."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import TYPE_CHECKING

from headway.errors import HeadwayError
from headway.supervisor.messages import (
    Activate,
    Activated,
    Discard,
    Load,
    Loaded,
    Refused,
    failed_report,
)

if TYPE_CHECKING:
    from headway.serving.app import ServingApp
    from headway.serving.plan import ServingPlan
    from headway.supervisor.channel import ChildEnd
    from headway.supervisor.messages import Failed, Order

_logger = logging.getLogger("headway.worker")


class Obedience:
    """Carries out orders, one after the other, on the event loop of the app.

    Args:
        app: The app.
        parent: Is told what became of them.
    """

    def __init__(self, app: ServingApp, parent: ChildEnd) -> None:
        self._app = app
        self._parent = parent
        self._orders: asyncio.Queue[Order] = asyncio.Queue()

    def note(self, orders: list[Order]) -> None:
        """Take orders on."""
        for order in orders:
            self._orders.put_nowait(order)

    async def carried_out(self) -> None:
        """Return when every order that was noted is carried out."""
        await self._orders.join()

    async def obey(self) -> None:
        """Carry out what was noted and what will be, until cancelled."""
        while True:
            await self._carry_out(await self._orders.get())
            self._orders.task_done()

    async def _carry_out(self, order: Order) -> None:
        if isinstance(order, Load):
            await self._load(order)
        elif isinstance(order, Activate):
            if self._app.activate(order.revision):
                self._parent.send(Activated(order.revision, order.serial))
        elif isinstance(order, Discard):
            self._app.discard(order.revision)

    async def _load(self, order: Load) -> None:
        revision = order.plan.revision
        why = await asyncio.to_thread(self._stage, order.plan)
        if why is None:
            self._parent.send(Loaded(revision, order.serial))
        else:
            self._parent.send(Refused(revision, why.code, why.message, why.hint, order.serial))

    def _stage(self, plan: ServingPlan) -> Failed | None:
        """Load a plan, and return why it cannot be."""
        try:
            if self._app.stage(plan):
                freeze()
        # a model's own code may even ask for the end of the process; the live plan goes on
        except BaseException as error:
            if not isinstance(error, HeadwayError):
                _logger.exception("loading failed")
            return failed_report(error)
        return None


def freeze() -> None:
    """Keep the collector off what is loaded, after it has freed what no longer is."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
