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
    from headway.supervisor.messages import Order

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
            order = await self._orders.get()
            try:
                await self._carry_out(order)
            except Exception:  # the next ones are still to be carried out
                _logger.exception("an order could not be carried out")
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
        error = await asyncio.to_thread(self._stage, order.plan)
        revision = order.plan.revision
        if error is None:
            self._parent.send(Loaded(revision, order.serial))
            return
        why = failed_report(error)
        self._parent.send(Refused(revision, order.serial, why.code, why.message, why.hint))

    def _stage(self, plan: ServingPlan) -> BaseException | None:
        """Load a plan, and return why that failed; whatever it is, the live plan goes on."""
        try:
            if self._app.stage(plan):
                freeze()
        except HeadwayError as error:
            return error
        except BaseException as error:  # a module of the user's own may even call `sys.exit`
            _logger.exception("loading failed")
            return error
        return None


def freeze() -> None:
    """Keep the collector off what is loaded, after it has freed what no longer is."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
