"""Parts of a server whose imports are too dear for its start: they are made when first asked for."""

from __future__ import annotations

import asyncio
import platform
from typing import TYPE_CHECKING, Generic, TypeVar

from headway.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.monitoring.prometheus import PrometheusExposition
    from headway.monitoring.slots import Board
    from headway.serving.asgi import App
    from headway.serving.live import LiveReleases
    from headway.serving.service import PredictionService

Part = TypeVar("Part")


class OnDemand(Generic[Part]):
    """Makes something once, in a thread, so that the event loop goes on answering.

    What could not be made is tried again when it is next asked for.

    Args:
        make: Makes it.
    """

    def __init__(self, make: Callable[[], Part]) -> None:
        self._make = make
        self._made: asyncio.Task[Part] | None = None

    async def get(self) -> Part:
        """Return the part, and make it at the first call.

        Raises:
            As the making of it does.
        """
        if self._made is None or _has_failed(self._made):
            self._made = asyncio.create_task(asyncio.to_thread(self._make))
        # shielded, because a client that leaves must not take it from the others
        return await asyncio.shield(self._made)


def _has_failed(made: asyncio.Task[Part]) -> bool:
    return made.done() and (made.cancelled() or made.exception() is not None)


def make_exposition(board: Board, live: Callable[[], LiveReleases]) -> PrometheusExposition:
    """Make what shows `/metrics`."""
    from headway.monitoring.prometheus import (  # noqa: PLC0415 (see the module's docstring)
        PrometheusExposition,
        ServerState,
    )

    def live_versions() -> list[tuple[str, str]]:
        return [(e.release.name, e.release.version) for e in live().executors]

    build = {"version": __version__, "python": platform.python_version()}
    return PrometheusExposition(board, ServerState(build, live_versions))


def make_api_page(service: PredictionService, *, asks_for_key: bool) -> App:
    """Make what shows `/docs` and `/openapi.json`."""
    from headway.serving.docs import build_docs  # noqa: PLC0415 (see the module's docstring)

    return build_docs(service, asks_for_key=asks_for_key)
