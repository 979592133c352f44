"""An ordinary request is answered without ASGI, in the same words; any other is left to come as ASGI."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from asgi_client import JSON_HEADERS, call
from crafted import ROW, crafted_plan
from headway.security.keys import ApiKey, Scope, hash_key
from headway.serving.plan import Limits
from headway.serving.settings import WorkerSettings
from headway.wiring import build_app

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from headway.serving.app import ServingApp

PATH = b"/models/credit/predict"
BODY = json.dumps(ROW).encode()


@dataclasses.dataclass(frozen=True)
class Direct:
    """The reply to a request that was taken on."""

    status: int
    headers: Mapping[str, str]
    body: Any


def read(reply: bytes) -> Direct:
    head, _, body = reply.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert int(headers["content-length"]) == len(body)
    return Direct(int(status.split()[1]), headers, json.loads(body))


def begin(
    app: ServingApp,
    *bodies: bytes,
    url: bytes = PATH,
    headers: Mapping[str, str] | None = None,
    arrived_s: float | None = None,
) -> list[Direct | None]:
    """Let requests arrive in one turn of the loop, and return the replies of those that were taken on."""
    given = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    replies: list[list[bytes]] = [[] for _ in bodies]

    async def arrive() -> list[bool]:
        begun = [
            app.begin(url, given, body, arrived_s or time.monotonic(), reply.append)
            for body, reply in zip(bodies, replies, strict=True)
        ]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return begun

    begun = asyncio.run(arrive())
    assert [len(reply) for reply in replies] == [int(was) for was in begun]
    return [read(reply[0]) if reply else None for reply in replies]


def build(tmp_path: Path, settings: WorkerSettings | None = None, **fields: Any) -> ServingApp:
    app = build_app(crafted_plan(tmp_path, **fields), settings or WorkerSettings())
    app.load()
    return app


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[ServingApp]:
    keys = (
        ApiKey("all", hash_key("all")),
        ApiKey("other", hash_key("other"), models=("other",)),
        ApiKey("reader", hash_key("reader"), scopes=(Scope.READ,)),
        ApiKey("slow", hash_key("slow"), rate_per_s=1000),
    )
    app = build(tmp_path, keys=keys, asks_for_key=True)
    yield app
    app.close()


def test_it_is_the_reply_that_asgi_gives(app: ServingApp) -> None:
    headers = {"x-request-id": "abc", "content-type": "application/json"}
    for url in app.direct_urls:  # type: ignore[attr-defined]
        (direct,) = begin(app, BODY, url=url, headers=headers)
        path, _, query = url.decode().partition("?")
        by_asgi = call(app, "POST", path, ROW, headers=headers, query=query)
        assert direct is not None
        assert direct.status == by_asgi.status == 200
        assert direct.headers.keys() == by_asgi.headers.keys()
        ids = {"prediction_id": None}
        assert direct.body | ids == by_asgi.json() | ids


def test_each_url_of_a_model_that_answers_at_once_is_direct(app: ServingApp) -> None:
    methods = app.releases.service.release("credit").contract.output.methods
    expected = {
        path + query
        for path in (b"/predict", PATH, b"/models/credit/versions/3/predict")
        for query in (b"", *(f"?method={method}".encode() for method in methods))
    }
    assert set(app.direct_urls) == expected  # type: ignore[call-overload]


def test_requests_of_one_turn_get_their_own_answers(app: ServingApp) -> None:
    bodies = [json.dumps(ROW | {"age": age}).encode() for age in range(20, 60)]
    alone = [begin(app, body)[0] for body in bodies]
    together = begin(app, *bodies)
    assert [one and one.body["prediction"] for one in together] == [
        one and one.body["prediction"] for one in alone
    ]
    ids = {one.body["prediction_id"] for one in together if one}
    assert len(ids) == len(bodies)


def test_one_request_s_failure_is_its_own_and_a_problem(app: ServingApp) -> None:
    faulty = json.dumps(ROW | {"fault": 1}).encode()
    broken = json.dumps(ROW | {"fault": 2}).encode()
    url = PATH + b"?method=predict_proba"
    found = begin(app, BODY, faulty, BODY, broken, BODY, url=url)
    assert [one and one.status for one in found] == [200, 500, 200, 500, 200]
    (_, failed, _, odd, _) = found
    assert failed is not None
    assert odd is not None
    assert failed.headers["content-type"] == "application/problem+json"
    assert (failed.body["code"], odd.body["code"]) == (
        "prediction.failed",
        "prediction.output_contract",
    )
    assert failed.body["instance"] == PATH.decode()


@pytest.mark.parametrize(
    ("body", "url", "headers"),
    [
        (b"{", PATH, {}),
        (json.dumps(ROW | {"age": 1}).encode(), PATH, {}),
        (BODY + b" " * 100_000, PATH, {}),
        (BODY, b"/models/other/predict", {}),
        (BODY, PATH + b"?method=x", {}),
        (BODY, b"/models", {}),
        (BODY, PATH, {"content-type": "text/csv"}),
        (BODY, PATH, {"content-encoding": "gzip"}),
    ],
)
def test_what_is_not_ordinary_is_left_to_come_as_asgi(
    app: ServingApp, body: bytes, url: bytes, headers: dict[str, str]
) -> None:
    assert begin(app, body, url=url, headers=headers) == [None]


@pytest.mark.parametrize(
    ("key", "is_begun"),
    [
        (None, False),
        ("all", True),
        ("other", False),
        ("reader", False),
        ("slow", False),
        ("x", False),
    ],
)
def test_whoever_may_not_ask_is_told_the_ordinary_way(
    locked: ServingApp, key: str | None, *, is_begun: bool
) -> None:
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    (found,) = begin(locked, BODY, headers=headers)
    assert (found is not None) == is_begun
    expected = {None: 401, "x": 401, "other": 403, "reader": 403}.get(key, 200)
    assert call(locked, "POST", PATH.decode(), ROW, headers=headers).status == expected


def test_it_is_counted_logged_and_recorded_once(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        app = build(tmp_path, WorkerSettings(log_fd=log.fileno(), log_format="json"))
        begin(app, BODY, BODY, headers={"x-request-id": "abc"})
        metrics = call(app, "GET", "/metrics").body.decode()
        app.close()
    samples = {
        sample.name: sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
    }
    assert samples["headway_requests_total"] == samples["headway_model_call_rows_sum"] == 2
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["request_id"] for line in lines if line["event"] == "predict"] == ["abc"] * 2


def test_a_limit_of_concurrency_holds_here_too(tmp_path: Path) -> None:
    app = build(tmp_path, limits=Limits(max_concurrency=3))
    # the first is answered before the second arrives, and three wait for the end of the turn
    found = begin(app, *[BODY] * 6)
    assert [one and one.status for one in found] == [200] * 4 + [503] * 2
    assert begin(app, BODY) != [None]
    app.close()


@pytest.mark.parametrize(
    "settings",
    [
        WorkerSettings(trusted_hosts=("example.org",)),
        WorkerSettings(cors_origins=("https://example.org",)),
    ],
)
def test_where_requests_are_checked_first_none_is_direct(
    tmp_path: Path, settings: WorkerSettings
) -> None:
    app = build(tmp_path, settings)
    assert PATH not in app.direct_urls
    app.close()


def test_a_server_that_ends_closes_its_connections_the_ordinary_way(tmp_path: Path) -> None:
    app = build(tmp_path)
    assert begin(app, BODY) != [None]
    asyncio.run(app.drain(1))
    assert begin(app, BODY) == [None]
    assert call(app, "POST", "/predict", ROW, headers=JSON_HEADERS).headers["connection"] == "close"
    app.close()


def test_what_has_waited_too_long_is_refused_at_once(tmp_path: Path) -> None:
    app = build(tmp_path, limits=Limits(max_wait_ms=200))
    (late,) = begin(app, BODY, arrived_s=time.monotonic() - 1)
    (in_time,) = begin(app, BODY, arrived_s=time.monotonic() - 0.05)
    assert late is not None
    assert in_time is not None
    assert (late.status, late.body["code"], in_time.status) == (503, "server.overloaded", 200)
    assert int(late.headers["retry-after"]) >= 1
    app.close()
