"""A proposal ends with what the supervisor says of it, or with its time."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from headway.controller.proposals import Proposals, read_plan
from headway.errors import ChangeRefusedError, DeadlineExceededError, PlanRefusedError
from headway.serving.control import Outcome, Propose
from supervised import PLAN


async def propose(*outcomes: Outcome, timeout_s: float = 5.0) -> int:
    async def send(message: Propose) -> None:
        for outcome in outcomes:
            told = msgspec.structs.replace(outcome, proposal_id=message.proposal_id)
            proposals.conclude(outcome if outcome.proposal_id == "another" else told)

    proposals = Proposals(send, timeout_s=timeout_s)
    try:
        return await proposals.propose(PLAN)
    finally:
        assert proposals._waiting == {}


def test_the_revision_that_is_live_is_told() -> None:
    assert asyncio.run(propose(Outcome("another", 9), Outcome("this", 2), Outcome("this", 3))) == 2


@pytest.mark.parametrize(
    ("code", "kind"),
    [("change.refused", ChangeRefusedError), ("bundle.corrupt", PlanRefusedError)],
)
def test_a_refusal_is_told_with_its_reason(code: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="why") as caught:
        asyncio.run(propose(Outcome("this", 1, code, "why", "do this")))
    assert getattr(caught.value, "hint", None) == "do this"


def test_nothing_is_waited_for_without_end() -> None:
    with pytest.raises(DeadlineExceededError, match=r"within 0\.02 s"):
        asyncio.run(propose(timeout_s=0.02))


def test_a_plan_is_read() -> None:
    assert read_plan(msgspec.json.encode(PLAN)) == PLAN


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"revision":2,"models":[],"more":1}',
        b'{"revision":2,"models":[{"name":"x","routes":[]}]}',
    ],
)
def test_what_is_no_plan_is_refused(body: bytes) -> None:
    with pytest.raises(PlanRefusedError):
        read_plan(body)
