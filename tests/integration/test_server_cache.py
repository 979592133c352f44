"""Real servers that keep answers, in themselves and in a real Valkey that comes and goes."""

from __future__ import annotations

import contextlib
import itertools
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crafted import ROW, crafted_plan, crafted_route, write_crafted_bundle
from headway.contract.output import ServedOutput
from headway.serving.plan import CachePolicy, ServedModel, ServingPlan
from headway.serving.settings import WorkerSettings
from running import Running, children, running, wait_until
from valkey_server import Valkey

if TYPE_CHECKING:
    from collections.abc import Iterator

ON = CachePolicy("on")
# a row takes a millisecond or more: longer than a look-up in Redis
SPIN = 500


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One with models that differ in one thing each, and answer the same rows."""
    folder = tmp_path_factory.mktemp("served")
    usual = write_crafted_bundle(folder / "usual")
    opposite = write_crafted_bundle(folder / "opposite", sign=-1.0)
    strict = ServedOutput(threshold=0.999, positive="good")
    models = (
        ServedModel("usual", (crafted_route(usual, "1"),), cache=ON),
        ServedModel("opposite", (crafted_route(opposite, "1"),), cache=ON),
        ServedModel("strict", (crafted_route(usual, "1"),), cache=ON, output=strict),
        ServedModel("off", (crafted_route(usual, "1"),), cache=CachePolicy("off")),
    )
    with running(folder, ServingPlan(7, models)) as served:
        yield served


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(tmp_path_factory.mktemp("v")) as running_valkey:
        yield running_valkey


def hits(server: Running, **labels: str) -> float:
    return server.metric("headway_cache_hits_total", **labels)


def test_models_with_the_same_payload_share_no_answer(server: Running) -> None:
    names = ("usual", "opposite", "strict")
    for _ in range(3):
        answers = [server.predict(ROW, f"/models/{name}/predict").json() for name in names]
        assert [(a["model"], a["prediction"]) for a in answers] == [
            ("usual", "good"),
            ("opposite", "bad"),
            ("strict", "bad"),
        ]
    assert [hits(server, model=name) for name in names] == [2, 2, 2]


def test_a_method_and_a_form_of_request_change_no_answer(server: Running) -> None:
    path = "/models/usual/predict"
    rows = [ROW | {"age": age} for age in (30, 31, 30)]
    for _ in range(2):
        proba = server.predict({"rows": rows}, f"{path}?method=predict_proba").json()
        plain = server.predict({"rows": rows}, path).json()
        alone = [server.predict(row, f"{path}?method=predict_proba").json() for row in rows]
        assert "probabilities" not in plain
        assert proba["prediction"] == plain["prediction"]
        assert proba["probabilities"]["values"] == [a["probabilities"]["values"] for a in alone]


def test_ids_are_new_for_each_reply(server: Running) -> None:
    replies = [server.predict(ROW | {"age": 50}, "/models/usual/predict") for _ in range(3)]
    assert len({reply.json()["prediction_id"] for reply in replies}) == 3
    assert len({reply.headers["x-request-id"] for reply in replies}) == 3


def test_an_error_is_not_kept(server: Running) -> None:
    before = server.metric("headway_cache_bytes", model="usual")
    for fault in (1, 2):
        statuses = {
            server.predict(
                ROW | {"fault": fault}, "/models/usual/predict?method=predict_proba"
            ).status
            for _ in range(3)
        }
        assert statuses == {500}
    assert server.metric("headway_cache_bytes", model="usual") == before


def test_what_was_decided_is_shown_with_its_figures(server: Running) -> None:
    shown = {
        name: server.ask("GET", f"/models/{name}").json()["versions"][0]["cache"]
        for name in ("usual", "off")
    }
    assert (shown["usual"]["mode"], shown["usual"]["is_on"]) == ("on", True)
    assert "ms for a row, a look-up" in shown["usual"]["reason"]
    assert (shown["off"]["mode"], shown["off"]["is_on"]) == ("off", False)
    server.predict(ROW, "/models/off/predict")
    assert hits(server, model="off") == 0


def test_servers_share_answers_and_outlive_what_they_share_them_in(
    tmp_path: Path, valkey: Valkey
) -> None:
    plan = crafted_plan(tmp_path, spin=SPIN, cache=CachePolicy("auto"))
    settings = WorkerSettings(redis_url=valkey.url, redis_timeout_ms=1000)
    with contextlib.ExitStack() as stack:
        folders = [tmp_path / name for name in "ab"]
        for folder in folders:
            folder.mkdir()
        one, two = (stack.enter_context(running(f, plan, settings=settings)) for f in folders)
        assert one.ask("GET", "/models/credit").json()["versions"][0]["cache"]["is_shared"]
        row = ROW | {"spin": SPIN}
        first = one.predict(row).json()
        # it is written after the reply
        wait_until(lambda: two.predict(row).json() and hits(two, tier="redis"))
        assert two.predict(row).json()["prediction"] == first["prediction"]
        valkey.kill()
        statuses = _statuses_while(two, valkey.start)
        assert statuses == {200}
        age = itertools.cycle(range(20, 120))
        wait_until(lambda: two.predict(row | {"age": next(age)}) and _has_recovered(two))
    warnings = [line for line in two.lines() if line["level"] == "warning"]
    # of reading and of keeping, each once, and of their end
    assert 2 <= len(warnings) <= 4


def _statuses_while(server: Running, start: Any) -> set[int]:
    """Ask for rows that were not asked for before, and start Valkey in the middle of it."""
    statuses = set()
    for i in range(20):
        if i == 10:
            threading.Thread(target=start).start()
        statuses.add(server.predict(ROW | {"amount": float(i)}).status)
    return statuses


def _has_recovered(server: Running) -> bool:
    return any("works again" in str(line) for line in server.lines())


def test_a_password_is_in_no_log_and_no_command_line(tmp_path: Path) -> None:
    plan = crafted_plan(tmp_path, spin=SPIN, cache=CachePolicy("auto"))
    settings = WorkerSettings(redis_url="redis://user:open-sesame@127.0.0.1:1/0")
    with running(tmp_path, plan, "headway.supervisor", settings=settings) as server:
        assert server.predict(ROW | {"spin": SPIN}).status == 200
        wait_until(lambda: server.metric("headway_cache_errors_total"))
        pids = [server.pid, *children(server.pid)]
        commands = [Path(f"/proc/{pid}/cmdline").read_text() for pid in pids]
        shown = server.ask("GET", "/models/credit").body.decode()
        metrics = server.ask("GET", "/metrics").body.decode()
    texts = (*commands, shown, metrics, server.log.read_text())
    assert len(commands) > 1
    assert not [text for text in texts if "open-sesame" in text]
    assert "Redis did not answer" in shown
