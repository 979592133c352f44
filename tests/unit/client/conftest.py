"""Both clients, asked by the name of the call, and servers for them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from headway.client import AsyncClient, Client
from scripted_server import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator


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


# the name of a call, its arguments and options; or what happens between two calls
Step = tuple[str, tuple[Any, ...], dict[str, Any]] | Callable[[], object]


def ask_sync(url: str, *steps: Step, **client: Any) -> list[Any]:
    answers = []
    with Client(url, **client) as session:
        for step in steps:
            if callable(step):
                step()
            else:
                name, arguments, options = step
                answers.append(getattr(session, name)(*arguments, **options))
    return answers


def ask_async(url: str, *steps: Step, **client: Any) -> list[Any]:
    async def ask() -> list[Any]:
        answers = []
        async with AsyncClient(url, **client) as session:
            for step in steps:
                if callable(step):
                    await asyncio.to_thread(step)
                else:
                    name, arguments, options = step
                    answers.append(await getattr(session, name)(*arguments, **options))
        return answers

    return asyncio.run(ask())


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask_all(request: pytest.FixtureRequest) -> Callable[..., list[Any]]:
    """Make several calls of one fresh client."""
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
