"""Asks the supervisor for another plan, and waits for what becomes of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from headway.core.ids import new_id
from headway.errors import (
    ChangeRefusedError,
    ConfigError,
    DeadlineExceededError,
    PlanRefusedError,
)
from headway.serving.control import Outcome, Propose
from headway.serving.plan import ServingPlan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# a release of many megabytes is loaded by every worker before the answer comes
TIMEOUT_S = 300.0


class Proposals:
    """The proposals that are under way.

    Args:
        send: Sends one to the supervisor.
        timeout_s: Longest time to wait for what becomes of it.
    """

    def __init__(
        self, send: Callable[[Propose], Awaitable[None]], *, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._send = send
        self._timeout_s = timeout_s
        self._waiting: dict[str, asyncio.Future[Outcome]] = {}

    async def propose(self, plan: ServingPlan) -> int:
        """Ask for a plan, and return the revision that is live when the supervisor has answered.

        Raises:
            PlanRefusedError: A worker could not load it.
            ChangeRefusedError: Its revision is not above the live one.
            DeadlineExceededError: There was no answer in time.
        """
        proposal_id = new_id()
        waiting: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[proposal_id] = waiting
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._send(Propose(proposal_id, plan))
                outcome = await waiting
        except TimeoutError:
            raise DeadlineExceededError(
                f"the workers did not say within {self._timeout_s:g} s whether they serve the plan",
                hint="`headway status` shows which revision is live",
            ) from None
        finally:
            del self._waiting[proposal_id]
        if outcome.code is None:
            return outcome.revision
        kind = ChangeRefusedError if outcome.code == ChangeRefusedError.code else PlanRefusedError
        raise kind(outcome.message, hint=outcome.hint)

    def conclude(self, outcome: Outcome) -> None:
        """Take what became of a proposal."""
        waiting = self._waiting.get(outcome.proposal_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(outcome)


def read_plan(body: bytes) -> ServingPlan:
    """Return the plan in a body.

    Raises:
        PlanRefusedError: It is none, or asks for what is not served.
    """
    try:
        return msgspec.json.decode(body, type=ServingPlan)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise PlanRefusedError(
            f"this is no serving plan: {error}",
            hint="`GET /api/v1/plan` shows the one that is live",
        ) from error
    except ConfigError as error:
        raise PlanRefusedError(error.message, hint=error.hint) from error
