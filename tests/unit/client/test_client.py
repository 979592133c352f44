"""Both clients against a real server."""

from __future__ import annotations

import copy
import gc
import inspect
import os
import pickle
import threading
import time
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
from running import wait_until
from scripted_server import REPLY, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable

ROW = {"age": 41}


def test_a_prediction_is_asked_and_read(server: ScriptedServer, ask: Callable[..., Any]) -> None:
    reply = ask(server.url, "predict", "credit", ROW, method="predict_proba", version="3")
    assert (reply.prediction, reply.version, reply.prediction_ids) == ("good", "3", ["a"])
    ((verb, path, headers, body),) = server.asked
    assert (verb, path) == ("POST", "/models/credit/versions/3/predict?method=predict_proba")
    assert headers["content-type"] == "application/json"
    assert headers["host"] in server.url
    assert "authorization" not in headers
    assert len(headers["x-request-id"]) == 24
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
    with pytest.raises(kind) as caught:
        ask(server.url, "predict", "credit", ROW)
    ((_, _, headers, _),) = server.asked
    assert (caught.value.status, caught.value.code) == (status, code)
    assert caught.value.request_id == headers["x-request-id"]


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


@pytest.mark.parametrize(
    ("client", "options"), [({"timeout_s": 0.1}, {}), ({}, {"timeout_s": 0.1})]
)
def test_a_silent_server_is_a_deadline(
    server: ScriptedServer, ask: Callable[..., Any], client: Any, options: Any
) -> None:
    server.release.clear()
    with pytest.raises(
        DeadlineExceededError, match=r"of 0\.1 s, in the end for the reply"
    ) as caught:
        ask(server.url, "predict", "credit", ROW, client=client, **options)
    ((_, _, headers, _),) = server.asked
    assert caught.value.request_id == headers["x-request-id"]
    assert caught.value.status is None


def test_the_deadline_holds_for_all_attempts_together(
    server: ScriptedServer, ask: Callable[..., Any]
) -> None:
    server.answers = [(503, {"code": "server.overloaded", "detail": "full"}, {"Retry-After": "2"})]
    started_s = time.monotonic()
    with pytest.raises(OverloadedError, match="full"):
        ask(server.url, "predict", "credit", ROW, timeout_s=1.5)
    assert time.monotonic() - started_s < 1
    assert len(server.asked) == 1


@pytest.mark.parametrize("timeout_s", [0, -1, float("nan"), float("inf")])
def test_what_is_no_time_limit_is_refused(
    server: ScriptedServer, ask: Callable[..., Any], timeout_s: float
) -> None:
    with pytest.raises(ConfigError, match="above 0"):
        ask(server.url, "predict", "credit", ROW, timeout_s=timeout_s)
    with pytest.raises(ConfigError, match="above 0"):
        ask(server.url, "health", client={"timeout_s": timeout_s})


def test_an_address_where_nothing_listens_says_how_to_start(
    free_url: str, ask: Callable[..., Any]
) -> None:
    with pytest.raises(ServerError, match="nothing answers") as caught:
        ask(free_url, "predict", "credit", ROW)
    assert "headway serve" in (caught.value.hint or "")


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


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_what_is_no_address_and_no_key_is_refused(kind: type[Client]) -> None:
    with pytest.raises(ConfigError, match="is not the address of a server"):
        kind("localhost")
    with pytest.raises(ConfigError, match="key"):
        kind("http://localhost", "s3 cret")


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_the_key_is_never_shown(kind: type[Client]) -> None:
    client = kind("http://localhost/models/", "s3cret")
    assert repr(client) == f"{kind.__name__}('http://localhost/models')"
    assert "s3cret" not in str(client.__dict__)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_client_is_not_pickled(kind: type[Client]) -> None:
    with pytest.raises(TypeError, match="make one in each process"):
        pickle.dumps(kind())
    with pytest.raises(TypeError, match="make one in each process"):
        copy.copy(kind())


@pytest.mark.parametrize("name", ["predict", "health", "ready", "models", "contract"])
def test_both_clients_have_the_same_calls_in_the_same_words(name: str) -> None:
    one, other = getattr(Client, name), getattr(AsyncClient, name)
    assert inspect.signature(one) == inspect.signature(other)
    assert inspect.iscoroutinefunction(other)
    words = inspect.getdoc(one)
    assert words
    assert inspect.getdoc(other) == words.replace(
        "The client is closed.", "The client is closed, or another event loop has used it."
    )


def test_both_clients_have_the_same_calls() -> None:
    def calls(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert calls(Client) - {"close"} == calls(AsyncClient) - {"aclose"}


def test_a_closed_client_says_so(server: ScriptedServer) -> None:
    with Client(server.url) as client:
        client.predict("credit", ROW)
    with pytest.raises(RuntimeError, match="this client is closed"):
        client.predict("credit", ROW)
    with pytest.raises(RuntimeError, match="this client is closed"):
        client.health()


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


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_process_makes_connections_of_its_own(server: ScriptedServer) -> None:
    with Client(server.url) as client:
        client.predict("credit", ROW)
        child = os.fork()
        if child == 0:  # no assertion may end this process other than by its exit code
            try:
                is_fine = client.predict("credit", ROW).prediction == "good"
                client.close()
                os._exit(0 if is_fine else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        client.predict("credit", ROW)
    assert len(server.asked) == 3
    assert len(server.connections) == 2


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_the_connections_of_a_parent_do_not_hold_up_its_child(server: ScriptedServer) -> None:
    """A thread that is asking while the process forks leaves locks behind that nobody opens."""
    server.release.clear()
    with Client(server.url) as client:
        thread = threading.Thread(target=client.predict, args=("credit", ROW))
        thread.start()
        wait_until(lambda: server.asked)
        pool = client._transport._pools[os.getpid()]
        with pool._optional_thread_lock:
            child = os.fork()
            if child == 0:
                try:
                    server.release.set()
                    client.close()
                    os._exit(0)
                finally:
                    os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        server.release.set()
        thread.join()
