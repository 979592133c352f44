from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from asgi_client import JSON_HEADERS, Exchange, call, exchange
from crafted import ROW, crafted_plan
from headway.errors import BundleCorruptError
from headway.serving.plan import ServingPlan
from headway.serving.settings import WorkerSettings
from headway.wiring import build_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.serving.app import ServingApp

BODY = json.dumps(ROW).encode()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[ServingApp]:
    """An app that has loaded nothing yet."""
    fd = os.open(os.devnull, os.O_WRONLY)
    app = build_app(crafted_plan(tmp_path), WorkerSettings(log_fd=fd))
    yield app
    app.close()
    os.close(fd)


def test_predictions_and_pages_are_answered(app: ServingApp) -> None:
    assert call(app, "POST", "/predict", ROW).json()["model"] == "credit"
    assert call(app, "POST", "/models/credit/versions/3/predict", ROW).status == 200
    assert call(app, "GET", "/healthz").status == 200


def test_an_app_below_another_one_answers_too(app: ServingApp) -> None:
    reply = call(app, "POST", "/predict", ROW, root_path="/api")
    assert reply.status == 200


def test_until_it_has_loaded_it_lives_but_does_not_predict(fresh: ServingApp) -> None:
    assert call(fresh, "GET", "/healthz").status == 200
    assert call(fresh, "GET", "/readyz").json()["status"] == "loading"
    for method, path in (("POST", "/predict"), ("GET", "/models"), ("GET", "/docs")):
        reply = call(fresh, method, path)
        assert (reply.status, reply.headers["retry-after"]) == (503, "1")
        assert reply.json()["code"] == "server.not_ready"
    fresh.load()
    assert call(fresh, "GET", "/readyz").status == 200
    assert call(fresh, "POST", "/predict", ROW).status == 200


def test_a_release_that_is_damaged_fails_the_whole_and_says_so(
    fresh: ServingApp, tmp_path: Path
) -> None:
    graph = next(tmp_path.rglob("graph.onnx"))
    graph.write_bytes(graph.read_bytes()[:-1])
    with pytest.raises(BundleCorruptError, match=r"`credit:3`.*graph"):
        fresh.load()
    ready = call(fresh, "GET", "/readyz")
    assert (ready.status, ready.json()["status"]) == (503, "failed")
    assert "bundle.corrupt" in ready.json()["reason"]
    assert str(tmp_path) not in ready.body.decode()
    assert call(fresh, "POST", "/predict", ROW).status == 503
    assert call(fresh, "GET", "/healthz").status == 200


def test_draining_waits_for_what_is_under_way_and_closes_connections(fresh: ServingApp) -> None:
    fresh.load()
    slow = Exchange(
        method="POST", path="/predict", headers=JSON_HEADERS, chunks=[BODY[:5], BODY[5:]]
    )
    go_on = asyncio.Event()
    receive = slow.receive

    async def slow_receive() -> Any:
        if slow.n_received == 1:
            await go_on.wait()
        return await receive()

    async def drain_in_the_middle() -> None:
        answering = asyncio.create_task(fresh(slow.scope(), slow_receive, slow.send))
        await asyncio.sleep(0)
        draining = asyncio.create_task(fresh.drain(10))
        await asyncio.sleep(0)
        assert not draining.done()
        ready = await exchange(fresh, path="/readyz")
        assert (ready.status, ready.json()["status"]) == (503, "draining")
        late = await exchange(
            fresh, method="POST", path="/predict", headers=JSON_HEADERS, chunks=[BODY]
        )
        assert (late.status, late.headers["connection"]) == (200, "close")
        assert not draining.done()
        go_on.set()
        await draining
        await answering
        assert slow.reply().status == 200

    asyncio.run(drain_in_the_middle())


def test_draining_gives_up_at_its_limit(fresh: ServingApp) -> None:
    fresh.load()
    endless = Exchange(method="POST", path="/predict", headers=JSON_HEADERS, chunks=[b"{", b""])
    endless._incoming.pop()

    async def drain() -> None:
        answering = asyncio.create_task(fresh(endless.scope(), endless.receive, endless.send))
        await asyncio.sleep(0)
        await asyncio.wait_for(fresh.drain(0.05), 5)
        answering.cancel()

    asyncio.run(drain())


def test_nothing_under_way_drains_at_once(fresh: ServingApp) -> None:
    asyncio.run(asyncio.wait_for(fresh.drain(60), 5))


def lifespan(app: ServingApp) -> list[dict[str, Any]]:
    incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app({"type": "lifespan"}, receive, send))
    return sent


def test_a_server_that_speaks_lifespan_loads_in_it(fresh: ServingApp) -> None:
    assert [message["type"] for message in lifespan(fresh)] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert fresh.readiness.is_loaded


def test_a_server_that_speaks_lifespan_hears_of_a_failure(
    fresh: ServingApp, tmp_path: Path
) -> None:
    next(tmp_path.rglob("graph.onnx")).unlink()
    first = lifespan(fresh)[0]
    assert first["type"] == "lifespan.startup.failed"
    assert "credit:3" in first["message"]


def test_a_websocket_is_turned_away() -> None:
    app = build_app(ServingPlan(1, ()), WorkerSettings())
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app({"type": "websocket"}, lambda: asyncio.sleep(0), send))  # type: ignore[arg-type]
    assert sent[0]["type"] == "websocket.close"
    app.close()
