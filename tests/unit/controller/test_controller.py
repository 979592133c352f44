"""What the supervisor said is what the admin API tells; until it has spoken, nothing is made up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from headway.controller.controller import Controller
from headway.controller.settings import ControllerSettings
from headway.core.clock import SystemClock
from headway.errors import ChangeRefusedError, OverloadedError, PlanRefusedError
from headway.security.issuing import KeyIssuer
from headway.serving.control import FromController, FromSupervisor, Outcome, Propose, SetKeys
from headway.store.sqlalchemy.database import Database
from headway.store.sqlalchemy.keys import Keys
from supervised import PLAN, status_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


class Line:
    """A channel in memory; it answers each proposal."""

    def __init__(self) -> None:
        self.sent: list[FromController] = []
        self.said: asyncio.Queue[FromSupervisor | None] = asyncio.Queue()

    async def send(self, message: FromController) -> None:
        self.sent.append(message)
        if isinstance(message, Propose):
            await self.said.put(Outcome(message.proposal_id, message.plan.revision))

    async def messages(self) -> AsyncIterator[FromSupervisor]:
        while (message := await self.said.get()) is not None:
            yield message


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[KeyIssuer]:
    database = Database(f"sqlite:///{tmp_path}/headway.db")
    yield KeyIssuer(Keys(database), SystemClock())
    database.close()


def controller(issuer: KeyIssuer, line: Line) -> Controller:
    channel: Any = line
    return Controller(ControllerSettings(store_url=""), channel, issuer)


def test_until_the_supervisor_has_spoken_nothing_is_told(issuer: KeyIssuer) -> None:
    silent = controller(issuer, Line())
    for call in (silent.plan, lambda: silent.status(tells_all=True)):
        with pytest.raises(OverloadedError):
            call()
    with pytest.raises(PlanRefusedError):
        asyncio.run(silent.propose(b"{}"))
    assert silent.issuer() is issuer


def test_the_last_word_counts_and_reasons_are_for_administrators(issuer: KeyIssuer) -> None:
    async def main() -> Controller:
        line = Line()
        told = controller(issuer, line)
        for message in (status_of(PLAN), status_of(PLAN, "at /srv/x"), None):
            await line.said.put(message)
        await told.hear()
        return told

    told = asyncio.run(main())
    assert told.status(tells_all=True).refusal == "at /srv/x"
    assert told.status(tells_all=False).refusal == "the last plan was refused"
    assert msgspec.json.decode(told.plan())["revision"] == 1


def test_only_a_higher_revision_is_proposed(issuer: KeyIssuer) -> None:
    async def main() -> None:
        line = Line()
        asked = controller(issuer, line)
        await line.said.put(status_of(PLAN))
        hearing = asyncio.create_task(asked.hear())
        await asyncio.sleep(0)
        with pytest.raises(ChangeRefusedError, match="revision 1; 1 is live"):
            await asked.propose(msgspec.json.encode(PLAN))
        assert line.sent == []
        second = msgspec.structs.replace(PLAN, revision=2)
        assert await asked.propose(msgspec.json.encode(second)) == 2
        await line.said.put(None)
        await hearing

    asyncio.run(main())


def test_changed_keys_are_sent_once(issuer: KeyIssuer) -> None:
    async def main() -> Line:
        line = Line()
        looking = controller(issuer, line)
        await looking.refresh_keys()
        await looking.refresh_keys()
        await asyncio.to_thread(issuer.create, "ci")
        await asyncio.gather(looking.refresh_keys(), looking.refresh_keys())
        return line

    sent = asyncio.run(main()).sent
    assert [isinstance(message, SetKeys) and len(message.keys) for message in sent] == [0, 1]
