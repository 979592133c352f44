from __future__ import annotations

from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families

from headway.monitoring.metrics import Outcome, RequestMetrics
from headway.monitoring.prometheus import LiveVersion, PrometheusExposition, ServerState

LIVE = {"model": "credit", "version": "3"}


def exposition(metrics: RequestMetrics) -> PrometheusExposition:
    state = ServerState(
        build={"version": "1.2", "python": "3.11"},
        live=lambda: [LiveVersion("credit", "3", queue_depth=4)],
        log_lines_dropped=lambda: 5,
    )
    return PrometheusExposition(metrics, state)


def counted() -> RequestMetrics:
    metrics = RequestMetrics()
    metrics.series("credit", "3").observe(
        Outcome("champion", "headway", 200, None, duration_s=0.0003, n_rows=20)
    )
    metrics.series("credit", "3").observe(
        Outcome("champion", "headway", 422, "contract.violated", duration_s=99.0, n_rows=0)
    )
    metrics.series().observe(Outcome("", "headway", 404, "registry.model_not_found", 0.1, 0))
    return metrics


def samples(metrics: RequestMetrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    body, _ = exposition(metrics).render("")
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
    assert value("headway_log_lines_dropped_total") == 5
    assert value("headway_build_info", version="1.2", python="3.11") == 1
    assert value("process_cpu_seconds_total") > 0


def test_two_servers_share_nothing() -> None:
    counted_body, _ = exposition(counted()).render("")
    empty_body, _ = exposition(RequestMetrics()).render("")
    assert b'status="200"' in counted_body
    assert b'status="200"' not in empty_body


def test_a_scraper_that_asks_for_openmetrics_gets_it() -> None:
    body, content_type = exposition(counted()).render("application/openmetrics-text;version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert "headway_requests" in {family.name for family in parse_openmetrics(body.decode())}


def test_a_label_may_hold_anything() -> None:
    metrics = RequestMetrics()
    metrics.series('a"b\\c\nd', "1").observe(Outcome("champion", "headway", 200, None, 0.1, 1))
    names = {dict(labels).get("model") for _, labels in samples(metrics)}
    assert 'a"b\\c\nd' in names


def test_values_that_a_policy_lets_through_are_shown() -> None:
    metrics = counted()
    metrics.series("credit", "3").count_warnings({("age", "le"): 4})
    labels = frozenset({**LIVE, "feature": "age", "rule": "le"}.items())
    assert samples(metrics)["headway_contract_warnings_total", labels] == 4
