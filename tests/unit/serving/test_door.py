from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from asgi_client import Exchange, call
from headway.core.clock import SystemClock
from headway.errors import ConfigError
from headway.monitoring.request_log import LogDrops, RequestLog
from headway.monitoring.slots import Board
from headway.serving.asgi import send_reply
from headway.serving.door import HostNames, make_door

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.serving.asgi import Receive, Scope, Send


async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send_reply(send, 200, b"text/plain", b"inside")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[RequestLog]:
    fd = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    log = RequestLog(fd, "json", SystemClock(), LogDrops(Board.private().slot(0)))
    yield log
    log.close()
    os.close(fd)


def status(door: Any, host: str | None, path: str = "/models") -> int:
    headers = {} if host is None else {"host": host}
    return call(door(app), "GET", path, headers=headers).status


def test_where_nothing_is_turned_on_the_app_stands_in_the_open(log: RequestLog) -> None:
    assert make_door((), (), log)(app) is app


@pytest.mark.parametrize(
    "host",
    [
        "api.example.org",
        "API.Example.ORG:8000",
        "api.example.org.",
        "a.example.com",
        "a.b.example.com:1",
        "127.0.0.1:8000",
        "[::1]:8000",
        "[::1]",
    ],
)
def test_a_name_of_the_server_is_answered(log: RequestLog, host: str) -> None:
    names = ("api.example.org", "*.example.com", "127.0.0.1", "::1")
    assert status(make_door(names, (), log), host) == 200


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "example.org",
        "evil.org",
        "api.example.org.evil.org",
        "xapi.example.org",
        "example.com",
        "evilexample.com",
        "[::2]",
        "127.0.0.1.evil.org",
        "api.example.org@evil.org",
        "evil.org:api.example.org",
        "api.example.org, evil.org",
    ],
)
def test_any_other_is_refused(log: RequestLog, host: str | None) -> None:
    door = make_door(("api.example.org", "*.example.com", "127.0.0.1", "[::1]"), (), log)
    assert status(door, host) == 421


def test_two_hosts_are_none(log: RequestLog) -> None:
    door = make_door(("api.example.org",), (), log)
    exchange = Exchange(path="/models")
    scope = exchange.scope() | {"headers": [(b"host", b"api.example.org")] * 2}
    asyncio.run(door(app)(scope, exchange.receive, exchange.send))
    assert exchange.reply().status == 421


def test_a_probe_is_answered_whatever_it_is_called(log: RequestLog) -> None:
    door = make_door(("api.example.org",), (), log)
    for path in ("/healthz", "/readyz"):
        assert status(door, "10.1.2.3:8000", path) == 200


def test_a_refusal_is_a_problem_and_a_log_line(log: RequestLog, tmp_path: Path) -> None:
    reply = call(make_door(("a.org",), (), log)(app), "GET", "/models", headers={"host": "b.org"})
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["connection"] == "close"
    assert reply.json()["code"] == "http.host"
    assert "a.org" not in reply.body.decode()
    log.close()
    (line,) = [json.loads(text) for text in (tmp_path / "log").read_text().splitlines()]
    assert (line["status"], line["error"]) == (421, "http.host")
    assert line["request_id"] == reply.json()["request_id"]


@pytest.mark.parametrize(
    "name",
    ["https://a.org", "a.org:80", "*", "*.", "", "a.*.org", "a/b", "*.*.org", "u@a.org", "a b"],
)
def test_what_is_no_name_is_refused_at_the_start(name: str) -> None:
    with pytest.raises(ConfigError, match=r"server\.trusted_hosts"):
        HostNames([name])
