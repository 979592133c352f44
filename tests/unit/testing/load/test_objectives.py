from __future__ import annotations

import pytest

from headway.errors import ConfigError
from headway.testing.load.objectives import judge, read_objectives, verdict_of
from unit.testing.load.made import samples


def verdicts(texts, found, rate=1_000):
    return {one.objective.name: one.verdict for one in judge(read_objectives(texts), found, rate)}


def test_objectives_are_read_with_their_units():
    found = read_objectives(["p50=500us", "p99=20ms", "p99.9=0.1s", "max=1s", "errors=2%"])
    assert [(one.name, one.share, one.required) for one in found] == [
        ("p50", 0.5, 0.5),
        ("p99", 0.99, 20.0),
        ("p99.9", pytest.approx(0.999), 100.0),
        ("max", 1.0, 1000.0),
        ("errors", None, 0.02),
    ]


@pytest.mark.parametrize(
    "text",
    ["", "p99", "p99=20", "p100=1ms", "p0=1ms", "99=1ms", "p99=-1ms", "errors=1", "p9.9.9=1ms"],
)
def test_what_is_no_objective_is_refused(text):
    with pytest.raises(ConfigError, match="no objective"):
        read_objectives([text])


def test_an_objective_stands_once():
    with pytest.raises(ConfigError, match="twice"):
        read_objectives(["p99=1ms", "p99=2ms"])


def test_few_errors_are_asked_for_where_nothing_is_said_of_them():
    assert [one.name for one in read_objectives(["p50=1ms"])] == ["p50", "errors"]
    assert read_objectives([]) == ()


def test_what_is_fast_enough_is_kept_and_what_is_not_is_missed():
    found = samples([5] * 990 + [50] * 10)
    assert verdicts(["p99=20ms", "max=20ms"], found) == {
        "p99": "kept",
        "max": "missed",
        "errors": "kept",
    }


def test_refusals_are_errors_and_not_fast_answers():
    found = samples([30] * 500 + [1] * 500, status=[200] * 500 + [503] * 500)
    assert verdicts(["p99=20ms", "errors=1%"], found) == {"p99": "missed", "errors": "missed"}


def test_what_only_the_generator_made_late_is_not_measured():
    late = samples([25] * 1_000, late_ms=15)
    assert verdicts(["p99=20ms"], late)["p99"] == "not measured"
    assert verdicts(["p99=8ms"], late)["p99"] == "missed"
    busy = samples([25] * 1_000, busy_ratio=0.99)
    assert verdicts(["p99=20ms"], busy)["p99"] == "not measured"


def test_another_load_than_was_asked_for_measures_nothing():
    behind = samples([500] * 1_000, late_ms=400)
    (judgement, _) = judge(read_objectives(["p99=900ms"]), behind, 1_000)
    assert judgement.verdict == "not measured"
    assert "714 of 1,000" in judgement.reason


def test_a_percentile_of_too_few_requests_is_not_measured():
    (judgement, _) = judge(read_objectives(["p99.9=1s"]), samples([1] * 500), 1_000)
    assert judgement.verdict == "not measured"
    assert "3,688" in judgement.reason


def test_one_that_was_missed_decides():
    found = judge(read_objectives(["p99.9=1s", "p50=1ms"]), samples([9] * 500), 1_000)
    assert verdict_of(found) == "missed"
    assert verdict_of(found[:1]) == "not measured"
    assert verdict_of([]) == "kept"
