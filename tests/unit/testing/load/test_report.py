from __future__ import annotations

import json

import pytest

from headway.testing.load.objectives import judge, read_objectives
from headway.testing.load.report import BenchReport
from headway.testing.load.search import Found
from unit.testing.load.made import PLAN, measurement, samples


def test_every_figure_is_json_and_has_its_unit():
    found = samples([2.0] * 999 + [40.0], status=[200] * 990 + [503] * 10)
    document = BenchReport(PLAN, (measurement(found),), rows="9 rows").as_dict()
    assert json.loads(json.dumps(document)) == document
    (figures,) = document["measurements"]
    assert figures["n_answered"] == 990
    assert figures["n_refused"] == {"503": 10}
    assert figures["cpu_us_per_request"] == pytest.approx(500)
    assert figures["cpu_us_per_prediction"] == pytest.approx(0.5e6 / (990 * 2))
    assert figures["latency"]["p99_ms"] == pytest.approx(2)
    assert figures["latency"]["p99_9_ms"] is None
    assert document["verdict"] is None


def test_the_verdict_is_that_of_all_versions():
    objectives = read_objectives(["p99=10ms"])
    fast, slow = (
        measurement(one, judgements=tuple(judge(objectives, one, 1_000)))
        for one in (samples([1] * 500), samples([20] * 500))
    )
    assert BenchReport(PLAN, (fast,)).verdict == "kept"
    assert BenchReport(PLAN, (fast, slow)).verdict == "missed"
    assert BenchReport(PLAN, (slow,), found=Found(None, "none found", ())).verdict == "missed"
    assert BenchReport(PLAN, (slow,), found=Found(9.0, "server", ())).verdict == "kept"


def test_a_run_without_an_answer_has_no_figures():
    nothing = measurement(samples([1], status=[503]), cpu_s=None, memory_bytes=None)
    figures = nothing.as_dict()
    assert figures["latency"]["max_ms"] is None
    assert figures["cpu_us_per_prediction"] is None
    assert BenchReport(PLAN, (nothing,)).verdict == "not measured"
