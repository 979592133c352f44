"""Each part of the output is judged by what it does to whoever reads the replies."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headway.contract.model import Output
from headway.contract.output import Answer, declare_output
from headway.contract.output_diff import diff_output
from headway.core.dtypes import Method, Task

LABELS = Output(Task.CLASSIFICATION, (Method.PREDICT,), ("bad", "good"))
SHARES = Output(Task.CLASSIFICATION, (Method.PREDICT, Method.PREDICT_PROBA), ("bad", "good"))
NUMBER = Output(Task.REGRESSION)


def changed(output: Output, **fields: Any) -> Output:
    return msgspec.structs.replace(output, **fields)


def declared(output: Output, **fields: Any) -> Output:
    return declare_output(output, Answer(**fields))


def told(old: Output, new: Output) -> list[tuple[str, str, Any, Any]]:
    return [(c.kind, c.part, c.old, c.new) for c in diff_output(old, new)]


@pytest.mark.parametrize("output", [LABELS, SHARES, NUMBER, declared(NUMBER, post=["exp"], ge=0)])
def test_the_same_output_has_no_difference(output: Output) -> None:
    assert told(output, msgspec.json.decode(msgspec.json.encode(output), type=Output)) == []


# old, new, what is told there, what is told back
CASES: list[tuple[Output, Output, list[Any], list[Any]]] = [
    (
        LABELS,
        SHARES,
        [("new", "method", None, "predict_proba")],
        [("breaks", "method", "predict_proba", None)],
    ),
    (
        LABELS,
        changed(LABELS, classes=("bad", "good", "ugly")),
        [("breaks", "class", None, "ugly")],
        [("breaks", "class", "ugly", None)],
    ),
    (
        SHARES,
        changed(SHARES, classes=("good", "bad")),
        [("breaks", "class order", ("bad", "good"), ("good", "bad"))],
        [("breaks", "class order", ("good", "bad"), ("bad", "good"))],
    ),
    (
        LABELS,
        changed(LABELS, classes=("good", "bad")),
        [("note", "class order", ("bad", "good"), ("good", "bad"))],
        [("note", "class order", ("good", "bad"), ("bad", "good"))],
    ),
    (
        SHARES,
        declared(SHARES, class_names={"bad": "no", "good": "good"}),
        [("breaks", "class", "bad", "no")],
        [("breaks", "class", "no", "bad")],
    ),
    # the model knows other values, and replies hold the same names
    (
        SHARES,
        declared(changed(SHARES, classes=(0, 1)), class_names=["bad", "good"]),
        [("note", "native classes", ("bad", "good"), (0, 1))],
        [("note", "native classes", (0, 1), ("bad", "good"))],
    ),
    # 1 and true are equal in Python, and not in JSON
    (
        changed(LABELS, classes=(0, 1)),
        changed(LABELS, classes=(False, True)),
        [
            ("breaks", "class", 0, None),
            ("breaks", "class", 1, None),
            ("breaks", "class", None, False),
            ("breaks", "class", None, True),
        ],
        [
            ("breaks", "class", False, None),
            ("breaks", "class", True, None),
            ("breaks", "class", None, 0),
            ("breaks", "class", None, 1),
        ],
    ),
    (
        NUMBER,
        changed(NUMBER, n_outputs=2),
        [("breaks", "n_outputs", 1, 2)],
        [("breaks", "n_outputs", 2, 1)],
    ),
    (
        NUMBER,
        Output(Task.OTHER),
        [("breaks", "task", "regression", "other")],
        [("breaks", "task", "other", "regression")],
    ),
    (
        SHARES,
        declared(SHARES, threshold=0.3, positive="bad"),
        [("note", "threshold", None, "bad from 0.3 on")],
        [("note", "threshold", "bad from 0.3 on", None)],
    ),
    (
        NUMBER,
        declared(NUMBER, post=["exp", "round=2"]),
        [("note", "post", None, ["exp", "round=2"])],
        [("note", "post", ["exp", "round=2"], None)],
    ),
    # the other way round than for requests: what is answered may only become less
    (
        NUMBER,
        declared(NUMBER, ge=0),
        [("note", "lower limit", None, "ge 0")],
        [("breaks", "lower limit", "ge 0", None)],
    ),
    (
        declared(NUMBER, le=10),
        declared(NUMBER, le=20),
        [("breaks", "upper limit", "le 10", "le 20")],
        [("note", "upper limit", "le 20", "le 10")],
    ),
    (
        declared(NUMBER, le=10),
        declared(NUMBER, le=10, policy="clip"),
        [("note", "policy", "error", "clip")],
        [("note", "policy", "clip", "error")],
    ),
]


@pytest.mark.parametrize(("old", "new", "there", "back"), CASES)
def test_a_part_is_told_there_and_back(
    old: Output, new: Output, there: list[Any], back: list[Any]
) -> None:
    assert told(old, new) == there
    assert told(new, old) == back


def test_a_part_that_is_not_known_here_breaks() -> None:
    class Wider(Output, frozen=True):
        unit: str = ""

    old, new = (Wider(Task.REGRESSION, unit=unit) for unit in ("EUR", "USD"))
    assert told(old, new) == [("breaks", "unit", "EUR", "USD")]
