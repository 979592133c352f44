"""Many requests at once: they share calls, the probes go on, and what cannot be answered is refused."""

from __future__ import annotations

import concurrent.futures
from typing import TYPE_CHECKING

import pytest

from crafted import ROW, crafted_route, write_crafted_bundle
from headway.serving.plan import Limits, ServedModel, ServingPlan
from running import Running, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

# seconds of computing, on a fast core too
LONG = 1_000_000
SLOW = 500
TIMEOUT_MS = 500


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A worker of three models: slow and batched, slow and one by one, slow with limits."""
    folder = tmp_path_factory.mktemp("server")
    route = crafted_route(write_crafted_bundle(folder / "credit", spin=SLOW))
    limits = {
        "batched": Limits(),
        "single": Limits(max_batch_size=1),
        "limited": Limits(timeout_ms=TIMEOUT_MS, max_concurrency=2),
        "hanging": Limits(timeout_ms=TIMEOUT_MS),
    }
    models = tuple(ServedModel(name, (route,), limit) for name, limit in limits.items())
    with running(folder, ServingPlan(revision=1, models=models)) as server:
        yield server


def test_how_each_model_is_executed_is_told_with_the_reason(server: Running) -> None:
    described = {
        name: server.ask("GET", f"/models/{name}").json()["versions"][0]["execution"]
        for name in ("batched", "single")
    }
    assert described["batched"]["mode"] == "batched"
    assert "requests share calls" in described["batched"]["reason"]
    assert described["batched"]["batch_rows"] == 64
    assert described["single"]["mode"] == "one by one"
    assert "`max_batch_size` is 1" in described["single"]["reason"]


def test_a_crowd_is_answered_each_with_its_own_answer(server: Running) -> None:
    rows = [ROW | {"age": 20 + i, "spin": SLOW, "fault": int(i == 7)} for i in range(30)]
    path = "/models/{}/predict?method=predict_proba"
    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        together, alone = (
            list(pool.map(lambda row, name=name: server.predict(row, path.format(name)), rows))
            for name in ("batched", "single")
        )
    assert [answer.status for answer in together] == [500 if r["fault"] else 200 for r in rows]
    for one, other in zip(together, alone, strict=True):
        assert one.status == other.status
        if one.status == 200:
            assert one.json()["prediction"] == other.json()["prediction"]
            assert one.json()["probabilities"]["values"] == pytest.approx(
                other.json()["probabilities"]["values"], rel=1e-12
            )


def test_more_than_may_be_answered_at_once_are_refused(server: Running) -> None:
    rows = [ROW | {"spin": LONG}] * 6
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda row: server.predict(row, "/models/limited/predict"), rows))
    refused = [answer for answer in answers if answer.status == 503]
    assert {answer.status for answer in answers} == {503, 504}
    assert all("are being answered" in answer.json()["detail"] for answer in refused)
    assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in refused)


def test_a_model_that_hangs_holds_up_nobody_else(server: Running) -> None:
    path = "/models/hanging/predict"
    assert server.predict(ROW | {"spin": 100 * LONG}, path).status == 504
    answer = wait_until(lambda: _refused(server, path))
    assert answer["code"] == "server.overloaded"
    assert "has been at one call for" in answer["detail"]
    assert server.ask("GET", "/healthz").status == 200
    assert server.predict(ROW, "/models/batched/predict").status == 200


def _refused(server: Running, path: str) -> dict[str, str] | None:
    answer = server.predict(ROW, path)
    return answer.json() if answer.status == 503 else None
