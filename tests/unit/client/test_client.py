"""Both clients against a real server."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from headway.client import AsyncClient, Client
from headway.errors import (
    AuthenticationError,
    ConfigError,
    DeadlineExceededError,
    HeadwayError,
    InvalidInputError,
    OverloadedError,
    ServerError,
)
from scripted_server import REPLY, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROW = {"age": 41}


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


def ask_sync(url: str, name: str, *arguments: Any, client: dict[str, Any], **options: Any) -> Any:
    with Client(url, **client) as session:
        return getattr(session, name)(*arguments, **options)


def ask_async(url: str, name: str, *arguments: Any, client: dict[str, Any], **options: Any) -> Any:
    async def ask() -> Any:
        async with AsyncClient(url, **client) as session:
            return await getattr(session, name)(*arguments, **options)

    return asyncio.run(ask())


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Call a method of a fresh client by name."""

    def ask(url: str, name: str, *arguments: Any, **options: Any) -> Any:
        client = options.pop("client", {})
        return request.param(url, name, *arguments, client=client, **options)

    return ask


def test_a_prediction_is_asked_and_read(server: ScriptedServer, ask: Callable[..., Any]) -> None:
    reply = ask(server.url, "predict", "credit", ROW, method="predict_proba", version="3")
    assert (reply.prediction, reply.version, reply.prediction_ids) == ("good", "3", ("a",))
    ((verb, path, headers, body),) = server.asked
    assert (verb, path) == ("POST", "/models/credit/versions/3/predict?method=predict_proba")
    assert headers["content-type"] == "application/json"
    assert "authorization" not in headers
    assert body == {"features": ROW}


def test_a_server_with_one_model_needs_no_name(
    server: ScriptedServer, ask: Callable[..., Any]
) -> None:
    assert ask(server.url, "predict", ROW).prediction == "good"
    assert server.asked[0][1] == "/predict"


def test_an_address_may_have_a_path(server: ScriptedServer, ask: Callable[..., Any]) -> None:
    ask(f"{server.url}/behind/proxy/", "predict", "credit", ROW)
    assert server.asked[0][1] == "/behind/proxy/models/credit/predict"


def test_the_key_is_sent(server: ScriptedServer, ask: Callable[..., Any]) -> None:
    ask(server.url, "predict", "credit", ROW, client={"api_key": "s3cret"})
    assert server.asked[0][2]["authorization"] == "Bearer s3cret"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "auth.unauthenticated", AuthenticationError),
        (422, "contract.violated", InvalidInputError),
    ],
)
def test_a_refusal_is_raised_and_not_sent_again(
    server: ScriptedServer,
    ask: Callable[..., Any],
    status: int,
    code: str,
    kind: type[HeadwayError],
) -> None:
    violations = [{"row": 0, "field": "age", "rule": "ge", "message": "is below 18"}]
    server.answers = [(status, {"code": code, "detail": "no", "violations": violations}, {})]
    with pytest.raises(kind):
        ask(server.url, "predict", "credit", ROW)
    assert len(server.asked) == 1


def test_an_overloaded_server_is_asked_again(
    server: ScriptedServer, ask: Callable[..., Any]
) -> None:
    full = (503, {"code": "server.overloaded", "detail": "full"}, {"Retry-After": "0"})
    server.answers = [full, full, (200, REPLY, {})]
    assert ask(server.url, "predict", "credit", ROW).prediction == "good"
    assert len(server.asked) == 3


def test_a_server_that_stays_overloaded_is_given_up(
    server: ScriptedServer, ask: Callable[..., Any]
) -> None:
    server.answers = [(503, {"code": "server.overloaded", "detail": "full"}, {"Retry-After": "0"})]
    with pytest.raises(OverloadedError, match="full"):
        ask(server.url, "predict", "credit", ROW)
    assert len(server.asked) == 3


def test_a_silent_server_is_a_deadline(server: ScriptedServer, ask: Callable[..., Any]) -> None:
    server.release.clear()
    with pytest.raises(DeadlineExceededError, match="did not answer in time"):
        ask(server.url, "predict", "credit", ROW, client={"timeout_s": 0.1})
    assert len(server.asked) == 1


def test_an_address_where_nothing_listens_says_how_to_start(
    free_url: str, ask: Callable[..., Any]
) -> None:
    with pytest.raises(ServerError, match="nothing answers") as caught:
        ask(free_url, "predict", "credit", ROW)
    assert "headway serve" in (caught.value.hint or "")


def test_a_connection_that_breaks_is_not_used_again(ask: Callable[..., Any]) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    accepted = []

    def hang_up() -> None:
        connection, _ = listener.accept()
        accepted.append(connection.recv(100))
        connection.close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    with pytest.raises(ServerError, match="broke"):
        ask(f"http://127.0.0.1:{listener.getsockname()[1]}", "predict", "credit", ROW)
    thread.join()
    listener.close()
    assert len(accepted) == 1


@pytest.mark.parametrize("name", ["health", "ready"])
def test_a_probe_is_a_boolean(
    server: ScriptedServer, free_url: str, ask: Callable[..., Any], name: str
) -> None:
    assert ask(server.url, name) is True
    server.answers = [(503, {}, {"Retry-After": "0"})]
    assert ask(server.url, name) is False
    assert ask(free_url, name) is False


def test_models_and_a_contract_are_documents(
    server: ScriptedServer, ask: Callable[..., Any]
) -> None:
    server.answers = [
        (200, {"models": [{"name": "credit"}]}, {}),
        (200, {"contract": {"features": []}}, {}),
    ]
    assert ask(server.url, "models") == [{"name": "credit"}]
    assert ask(server.url, "contract", "credit") == {"features": []}
    assert [asked[:2] for asked in server.asked] == [
        ("GET", "/models"),
        ("GET", "/models/credit"),
    ]


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://models", "localhost"])
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_what_is_no_address_is_refused(kind: type[Client], url: str) -> None:
    with pytest.raises(ConfigError, match="is not the address of a server"):
        kind(url)


def test_a_connection_is_kept(server: ScriptedServer) -> None:
    with Client(server.url) as client:
        for _ in range(3):
            client.predict("credit", ROW)
    assert len(server.connections) == 1


def test_a_client_is_safe_in_threads(server: ScriptedServer) -> None:
    with Client(server.url) as client:
        threads = [threading.Thread(target=client.predict, args=("credit", ROW)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.asked) == 8


def test_a_client_that_is_forgotten_closes_its_connections(server: ScriptedServer) -> None:
    # an open socket that is collected would be a warning, and so an error
    assert Client(server.url).predict("credit", ROW).prediction == "good"
    gc.collect()


def test_closing_twice_is_fine(server: ScriptedServer) -> None:
    client = Client(server.url)
    client.predict("credit", ROW)
    client.close()
    client.close()
