"""Browsers from elsewhere, names that are not ours and endless bodies are refused before anything else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from asgi_client import Exchange, call
from headway.controller.problems import ServingProblems
from headway.dashboard.api import guard
from headway.dashboard.api.guard import Guard

if TYPE_CHECKING:
    from asgi_client import Reply


async def app(scope: Any, receive: Any, send: Any) -> None:
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def ask(
    method: str = "GET",
    body: bytes = b"",
    *,
    host: str = "127.0.0.1",
    trusted: tuple[str, ...] = (),
    **headers: str,
) -> Reply:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    guarded = Guard(app, ServingProblems(), host, trusted)

    async def http(scope: Any, receive: Any, send: Any) -> None:
        await guarded({**scope, "scheme": "http"}, receive, send)

    return call(http, method, "/api/v1/keys", body, headers=given)


@pytest.mark.parametrize("name", ["localhost:8002", "127.0.0.1:8002", "[::1]:8002", "LOCALHOST"])
def test_the_machine_knows_itself(name: str) -> None:
    assert ask(Host=name).status == 200


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example:8002", "", "10.0.0.7"])
def test_another_name_is_refused(name: str) -> None:
    reply = ask(Host=name)
    assert (reply.status, reply.json()["code"]) == (400, "input.malformed")


def test_names_that_are_trusted_are_answered() -> None:
    trusted = ("admin.example.org", "*.internal")
    for name, status in (
        ("admin.example.org", 200),
        ("a.internal:80", 200),
        ("internal", 400),
        ("evil.example", 400),
    ):
        assert ask(Host=name, trusted=trusted).status == status
        assert ask(Host=name, trusted=trusted, host="0.0.0.0").status == status
    # whoever listens to a network asks for a key
    assert ask(Host="any.example", host="0.0.0.0").status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://localhost:8002"}, 200),
        ({"Origin": "http://localhost:8000"}, 403),
        ({"Origin": "https://localhost:8002"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"sec_fetch_site": "none"}, 200),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
    ],
)
def test_a_page_from_elsewhere_is_refused(headers: dict[str, str], status: int) -> None:
    assert ask(Host="localhost:8002", **headers).status == status


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_what_a_form_can_send_is_refused(kind: str) -> None:
    assert ask("POST", b"{}", Host="localhost", content_type=kind).status == 415


def test_a_body_comes_through_whole() -> None:
    reply = ask(
        "POST", b'{"a":1}', Host="localhost", content_type="application/json; charset=utf-8"
    )
    assert (reply.status, reply.body) == (200, b'{"a":1}')
    assert reply.headers["x-content-type-options"] == "nosniff"


async def _exchange(one: Exchange) -> None:
    guarded = Guard(app, ServingProblems(), "127.0.0.1")
    await guarded({**one.scope(), "scheme": "http"}, one.receive, one.send)


def run(one: Exchange) -> Exchange:
    asyncio.run(_exchange(one))
    return one


HEADERS = {"host": "localhost", "content-type": "application/json"}


def test_an_endless_body_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MAX_BODY_BYTES", 1000)
    one = run(Exchange("POST", "/x", [b"x" * 300] * 50, HEADERS))
    assert one.reply().status == 413
    assert one.n_received == 4


def test_a_body_that_does_not_end_in_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "RECEIVE_TIMEOUT_S", 0.02)
    one = Exchange("POST", "/x", [b"x", b"y"], HEADERS)
    del one._incoming[1]
    assert run(one).reply().status == 400


def test_who_leaves_before_the_end_is_not_answered() -> None:
    assert run(Exchange("POST", "/x", [b"x", b"y"], HEADERS, leaves_after=1)).messages == []


def test_nothing_but_http_is_answered() -> None:
    one = Exchange()

    async def connect() -> None:
        guarded = Guard(app, ServingProblems(), "127.0.0.1")
        await guarded({"type": "websocket"}, one.receive, one.send)

    asyncio.run(connect())
    assert one.messages == []
