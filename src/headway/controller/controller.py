"""The controller: hears the supervisor, looks for changes of the keys, and answers the admin API.

Invariants: it ends when its supervisor is gone; what it cannot do keeps no prediction from being answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from typing import TYPE_CHECKING

import msgspec

from headway.controller.channel import open_channel
from headway.controller.known_keys import KnownKeys
from headway.controller.problems import ServingProblems
from headway.controller.proposals import Proposals, read_plan
from headway.controller.uvicorn import AdminServer
from headway.core.version import __version__
from headway.dashboard.api.app import build_admin_app
from headway.dashboard.documents import (
    ModelStatus,
    StatusDocument,
    VersionStatus,
    WorkerStatus,
)
from headway.errors import ChangeRefusedError, HeadwayError, OverloadedError
from headway.serving.control import AdminFailed, AdminReady, Outcome, ServerStatus
from headway.store.opening import opened_keys

if TYPE_CHECKING:
    import socket

    from headway.controller.channel import Channel
    from headway.controller.settings import ControllerSettings
    from headway.dashboard.ports import Problems
    from headway.security.issuing import KeyIssuer
    from headway.security.keys import ApiKey, Scope

FAILED = 1
_logger = logging.getLogger("headway.controller")


class Controller:
    """Looks after one server.

    Args:
        settings: How.
        channel: To the supervisor.
        issuer: Of the database.

    Attributes:
        problems: As the admin API says what went wrong.
    """

    def __init__(self, settings: ControllerSettings, channel: Channel, issuer: KeyIssuer) -> None:
        self.problems: Problems = ServingProblems()
        self._poll_interval_s = settings.poll_interval_s
        self._channel = channel
        self._issuer = issuer
        self._keys = KnownKeys(settings, issuer, _logger.warning)
        self._proposals = Proposals(channel.send)
        self._looking = asyncio.Lock()
        self._status: ServerStatus | None = None

    async def hear(self) -> None:
        """Take what the supervisor says, until it is gone."""
        async for message in self._channel.messages():
            if isinstance(message, Outcome):
                self._proposals.conclude(message)
            else:
                self._status = message
                self._keys.take(message.plan)

    async def watch_keys(self) -> None:
        """Look for ever whether the keys have changed."""
        while True:
            await self.refresh_keys()
            await asyncio.sleep(self._poll_interval_s)

    async def refresh_keys(self) -> None:
        """Look now whether the keys have changed, and let the supervisor know."""
        async with self._looking:
            changed = await asyncio.to_thread(self._keys.look)
            if changed is not None:
                await self._channel.send(changed)

    def verify(self, key: bytes | None, scope: Scope) -> ApiKey | None:
        """Accept a key, or refuse it; see `KnownKeys.verify`."""
        return self._keys.verify(key, scope)

    def issuer(self) -> KeyIssuer:
        """Return what makes keys, lists and revokes them."""
        return self._issuer

    def status(self, *, tells_all: bool) -> StatusDocument:
        """Return how things stand.

        Raises:
            OverloadedError: It is not known yet.
        """
        known = self._known()
        hidden = "the last plan was refused" if known.refusal else None
        return StatusDocument(
            url=known.url,
            headway=__version__,
            revision=known.plan.revision,
            asks_for_key=known.plan.asks_for_key,
            database="silent" if self._keys.is_silent else "answers",
            refusal=(known.refusal or None) if tells_all else hidden,
            models=[
                ModelStatus(
                    name=model.name,
                    versions=[
                        VersionStatus(
                            version=route.version,
                            digest=route.digest,
                            role=route.role,
                            weight_bp=route.weight_bp,
                        )
                        for route in model.routes
                    ],
                )
                for model in known.plan.models
            ],
            workers=[WorkerStatus(**msgspec.structs.asdict(worker)) for worker in known.workers],
        )

    def plan(self) -> bytes:
        """Return what is live, as JSON.

        Raises:
            OverloadedError: It is not known yet.
        """
        return msgspec.json.encode(self._known().plan)

    async def propose(self, plan: bytes) -> int:
        """Make another plan live, and return the revision that is live then.

        Raises:
            PlanRefusedError: It cannot be read or served; what was live stays live.
            ChangeRefusedError: Its revision is not above the live one.
            DeadlineExceededError: The workers did not say in time.
        """
        proposed, live = read_plan(plan), self._known().plan
        if proposed.revision <= live.revision:
            raise ChangeRefusedError(
                f"the plan has the revision {proposed.revision}; {live.revision} is live",
                hint="read the plan that is live, change that one, and give it a higher revision",
            )
        return await self._proposals.propose(proposed)

    def _known(self) -> ServerStatus:
        if self._status is None:
            raise OverloadedError("the supervisor has not said yet what is live", retry_after_s=1)
        return self._status


async def run_controller(settings: ControllerSettings, end: socket.socket) -> int:
    """Look after a server until SIGTERM or the end of its supervisor, and return the exit code.

    Args:
        settings: How.
        end: The controller's end of the socket pair that joins the two.
    """
    channel = await open_channel(end)
    try:
        with opened_keys(settings.store_url) as issuer:
            controller = Controller(settings, channel, issuer)
            app = build_admin_app(controller, settings.host, settings.trusted_hosts)
            await _live(controller, AdminServer(app, settings), channel)
    except HeadwayError as error:
        await channel.send(AdminFailed(error.code, error.message, error.hint))
        return FAILED
    finally:
        await channel.close()
    return 0


async def _live(controller: Controller, server: AdminServer, channel: Channel) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    hearing = asyncio.create_task(controller.hear())
    hearing.add_done_callback(lambda _: stop.set())
    watching = asyncio.create_task(controller.watch_keys())
    listening = asyncio.create_task(server.listen())
    await channel.send(AdminReady(server.url))
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({waiting, listening, watching}, return_when=asyncio.FIRST_COMPLETED)
    server.stop()
    await listening
    for task in (hearing, watching, waiting):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
