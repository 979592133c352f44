from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from asgi_client import call
from headway.security.keys import ApiKey, Scope, hash_key
from headway.serving.plan import ServingPlan
from headway.serving.service import PredictionService
from headway.serving.settings import WorkerSettings
from headway.wiring import build_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.serving.app import ServingApp


@pytest.fixture(scope="module")
def locked() -> Iterator[ServingApp]:
    plan = ServingPlan(1, (), keys=(ApiKey("test", hash_key("secret")),), asks_for_key=True)
    app = build_app(plan, WorkerSettings())
    app.load()
    yield app
    app.close()


def test_the_probes_answer(app: ServingApp) -> None:
    assert call(app, "GET", "/healthz").json() == {"status": "alive"}
    ready = call(app, "GET", "/readyz")
    assert ready.status == 200
    assert ready.json() == {"status": "ready", "revision": 7, "models": {"credit": ["3"]}}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_probe_may_ask_with_head(app: ServingApp, path: str) -> None:
    assert call(app, "HEAD", path).status == 200


def test_the_root_leads_to_the_api_page_wherever_the_app_is(app: ServingApp) -> None:
    root = call(app, "GET", "/")
    assert (root.status, root.headers["location"]) == (307, "/docs")
    mounted = call(app, "GET", "/", root_path="/api")
    assert mounted.headers["location"] == "/api/docs"


def test_the_models_are_described(app: ServingApp) -> None:
    (model,) = call(app, "GET", "/models").json()["models"]
    assert model["name"] == "credit"
    one = call(app, "GET", "/models/credit").json()
    assert one["contract"]["features"][0]["name"] == "age"
    assert one["versions"][0]["form"] == "lowered"


def test_an_unknown_model_is_answered_with_the_nearest_name(app: ServingApp) -> None:
    reply = call(app, "GET", "/models/crédit")
    assert reply.status == 404
    assert "`credit`" in reply.json()["hint"]


def test_metrics_are_text_of_prometheus(app: ServingApp) -> None:
    reply = call(app, "GET", "/metrics")
    assert reply.headers["content-type"].startswith("text/plain")
    assert b"headway_live_version" in reply.body


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/docs/openapi.json", "/docs/docs.js"])
def test_the_api_page_is_there(app: ServingApp, path: str) -> None:
    assert call(app, "GET", path).status == 200


@pytest.mark.parametrize(
    ("path", "hint"),
    [("/predikt", "/predict"), ("/metric", "/metrics"), ("/docs/x.js", None), ("/a/b/c", None)],
)
def test_an_unknown_path_is_a_problem(app: ServingApp, path: str, hint: str | None) -> None:
    reply = call(app, "GET", path)
    assert reply.status == 404
    assert reply.json()["code"] == "http.not_found"
    assert hint is None or hint in reply.json()["hint"]


@pytest.mark.parametrize("path", ["/healthz", "/models", "/docs", "/"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "OPTIONS"])
def test_pages_are_only_read(app: ServingApp, method: str, path: str) -> None:
    reply = call(app, method, path)
    assert reply.status == 405
    assert reply.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path", ["/models", "/models/credit", "/openapi.json", "/docs/openapi.json"]
)
def test_what_tells_of_the_models_asks_for_the_key(locked: ServingApp, path: str) -> None:
    assert call(locked, "GET", path).status == 401
    assert call(locked, "GET", path, headers={"X-API-Key": "secret"}).status in {200, 404}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/docs", "/docs/docs.js"])
def test_probes_and_the_empty_page_do_not(locked: ServingApp, path: str) -> None:
    assert call(locked, "GET", path).status == 200


def test_behind_a_key_a_probe_names_no_model(locked: ServingApp, app: ServingApp) -> None:
    assert call(app, "GET", "/readyz").json()["models"] == {"credit": ["3"]}
    assert set(call(locked, "GET", "/readyz").json()) == {"status", "revision"}


def test_metrics_are_locked_where_that_is_asked_for() -> None:
    whole, part = ApiKey("whole", hash_key("a")), ApiKey("part", hash_key("b"), models=("credit",))
    predicting = ApiKey("predicting", hash_key("c"), scopes=(Scope.PREDICT,))
    plan = ServingPlan(1, (), keys=(whole, part, predicting), asks_for_key=True)
    app = build_app(plan, WorkerSettings(locks_metrics=True))
    app.load()
    answers = [
        call(app, "GET", "/metrics", headers={"X-API-Key": key} if key else {}).status
        for key in ("a", "b", "c", "")
    ]
    app.close()
    assert answers == [200, 403, 403, 401]


def test_each_set_of_models_has_its_document_and_only_so_many_are_kept(app: ServingApp) -> None:
    release = app.releases.service.release("credit")
    names = [str(number) for number in range(20)]
    service = PredictionService(dataclasses.replace(release, name=name) for name in names)
    pages = app._pages
    whole = pages._page_of(service)
    for name in names:
        part = pages._page_of(service.within((name,)))
        assert part is not whole
        assert part is pages._page_of(service.within((name, "unknown")))
    assert pages._page_of(service) is whole
    assert pages._api_pages is not None
    assert len(pages._api_pages[1]) == 8
