"""Both clients, asked by the name of the call, and servers for them."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

from headway.client import AsyncClient, Client
from scripted_server import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


@pytest.fixture
def free_url() -> Iterator[str]:
    """Give an address that refuses connections for as long as the test runs."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def ask_sync(url: str, *calls: tuple[str, tuple[Any, ...], dict[str, Any]], **client: Any) -> Any:
    with Client(url, **client) as session:
        return [getattr(session, name)(*arguments, **options) for name, arguments, options in calls]


def ask_async(url: str, *calls: tuple[str, tuple[Any, ...], dict[str, Any]], **client: Any) -> Any:
    async def ask() -> Any:
        async with AsyncClient(url, **client) as session:
            return [
                await getattr(session, name)(*arguments, **options)
                for name, arguments, options in calls
            ]

    return asyncio.run(ask())


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask_all(request: pytest.FixtureRequest) -> Callable[..., list[Any]]:
    """Make several calls of one fresh client, each a name, arguments and options."""
    ask: Callable[..., list[Any]] = request.param
    return ask


@pytest.fixture
def ask(ask_all: Callable[..., list[Any]]) -> Callable[..., Any]:
    """Make one call of a fresh client by name."""

    def ask(url: str, name: str, *arguments: Any, **options: Any) -> Any:
        client = options.pop("client", {})
        (answer,) = ask_all(url, (name, arguments, options), **client)
        return answer

    return ask
