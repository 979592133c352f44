from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families

from headway.monitoring.metrics import Outcome, RequestMetrics
from headway.monitoring.prometheus import PrometheusExposition, ServerState
from headway.monitoring.records import CountingSink, PredictionRecord, RecordDrops
from headway.monitoring.request_log import LogDrops
from headway.monitoring.slots import Board, SlotState

LIVE = {"model": "credit", "version": "3"}


def exposition(board: Board) -> PrometheusExposition:
    state = ServerState({"version": "1.2", "python": "3.11"}, lambda: [("credit", "3")])
    return PrometheusExposition(board, state)


def counted() -> Board:
    board = Board.create(2)
    metrics = RequestMetrics(board.slot(0))
    metrics.series("credit", "3").observe(
        Outcome("champion", "headway", 200, None, duration_s=0.0003, n_rows=20)
    )
    metrics.series("credit", "3").observe(
        Outcome("champion", "headway", 422, "contract.violated", duration_s=99.0, n_rows=0)
    )
    metrics.series().observe(Outcome("", "headway", 404, "registry.model_not_found", 0.1, 0))
    metrics.series("credit", "3").queue_depth.set(4)
    board.close()
    return board


def samples(board: Board) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    body, _ = exposition(board).render("")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def value(name: str, **labels: str) -> float:
    return samples(counted())[name, frozenset(labels.items())]


def test_every_counter_is_shown() -> None:
    ok = {"variant": "champion", "dialect": "headway", "status": "200"}
    assert value("headway_requests_total", **LIVE, **ok) == 1
    assert value("headway_requests_total", **LIVE, **(ok | {"status": "422"})) == 1
    lost = {"model": "", "version": "", "variant": "", "dialect": "headway", "status": "404"}
    assert value("headway_requests_total", **lost) == 1
    assert value("headway_errors_total", **LIVE, code="contract.violated") == 1
    assert value("headway_batch_rows_sum", **LIVE) == 20
    assert value("headway_batch_rows_count", **LIVE) == 1


def test_durations_are_a_cumulative_histogram() -> None:
    name = "headway_request_duration_seconds"
    assert value(f"{name}_bucket", **LIVE, le="0.00025") == 0
    assert value(f"{name}_bucket", **LIVE, le="0.0005") == 1
    assert value(f"{name}_bucket", **LIVE, le="10.0") == 1
    assert value(f"{name}_bucket", **LIVE, le="+Inf") == 2
    assert value(f"{name}_count", **LIVE) == 2
    assert value(f"{name}_sum", **LIVE) == 99.0003


def test_the_state_of_the_server_is_asked_for_at_each_scrape() -> None:
    assert value("headway_live_version", **LIVE) == 1
    assert value("headway_queue_depth", **LIVE) == 4
    assert value("headway_build_info", version="1.2", python="3.11") == 1
    assert value("headway_workers", state="loading") == 1
    assert value("headway_workers", state="dead") == 1
    assert value("headway_worker_cpu_seconds_total", slot="0") > 0
    assert value("headway_worker_resident_bytes", slot="0") > 1_000_000


def test_two_servers_share_nothing() -> None:
    counted_body, _ = exposition(counted()).render("")
    empty_body, _ = exposition(Board.private()).render("")
    assert b'status="200"' in counted_body
    assert b'status="200"' not in empty_body


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([200, 422, 503]), st.floats(0, 20))))
def test_workers_are_summed(answers: list[tuple[int, int, float]]) -> None:
    board = Board.create(3)
    board.close()
    workers = [RequestMetrics(board.slot(index)) for index in range(3)]
    for worker, status, duration_s in answers:
        series = workers[worker].series("credit", "3")
        series.observe(Outcome("champion", "headway", status, None, duration_s, 1))
    found = samples(board)
    shown = {
        dict(labels)["status"]: count
        for (name, labels), count in found.items()
        if name == "headway_requests_total"
    }
    assert shown == Counter(str(status) for _, status, _ in answers)
    if answers:
        below = [duration_s for *_, duration_s in answers if duration_s <= 0.5]
        bucket = "headway_request_duration_seconds_bucket", frozenset({**LIVE, "le": "0.5"}.items())
        assert found[bucket] == len(below)


def test_counters_stay_where_a_worker_is_replaced() -> None:
    board = counted()
    before = samples(board)
    board.slot(0)
    after = samples(board)
    gone = {name for name, _ in before.keys() - after.keys()}
    assert not gone
    for (name, labels), before_value in before.items():
        if name.endswith("_total") and not name.startswith("headway_worker_"):
            assert after[name, labels] == before_value
    assert after["headway_queue_depth", frozenset(LIVE.items())] == 0


def test_a_worker_that_has_ended_leaves_its_counters_and_takes_its_gauges() -> None:
    board = counted()
    board.slots()[0].state = SlotState.EMPTY
    shown = samples(board)
    assert ("headway_queue_depth", frozenset(LIVE.items())) not in shown
    assert shown["headway_batch_rows_sum", frozenset(LIVE.items())] == 20


def test_a_scraper_that_asks_for_openmetrics_gets_it() -> None:
    body, content_type = exposition(counted()).render("application/openmetrics-text;version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert "headway_requests" in {family.name for family in parse_openmetrics(body.decode())}


def test_a_label_may_hold_anything() -> None:
    board = Board.private()
    series = RequestMetrics(board.slot(0)).series('a"b\\c\nd', "1")
    series.observe(Outcome("champion", "headway", 200, None, 0.1, 1))
    names = {dict(labels).get("model") for _, labels in samples(board)}
    assert 'a"b\\c\nd' in names


def test_whatever_a_worker_counts_is_shown() -> None:
    board = Board.private()
    slot = board.slot(0)
    series = RequestMetrics(slot).series("credit", "3")
    series.count_warnings({("age", "le"): 4})
    series.count_rejection("queue")
    series.call_rows.observe(3)
    series.cache("redis")
    series.observe(Outcome("champion", "headway", 500, "prediction.failed", 0.1, 0))
    LogDrops(slot).full.add()
    RecordDrops(slot)
    CountingSink(slot).take([PredictionRecord(0.0, "credit", "3", "", "", b"", "", b"", 2)])
    shown = {name for name, _ in samples(board)}
    for entry in board.slots()[0].entries():
        suffix = {"counter": "_total", "gauge": "", "histogram": "_sum"}[entry.kind]
        assert entry.name + suffix in shown
    labels = frozenset({**LIVE, "feature": "age", "rule": "le"}.items())
    assert samples(board)["headway_contract_warnings_total", labels] == 4
