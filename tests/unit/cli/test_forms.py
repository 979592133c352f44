from __future__ import annotations

import json

import pytest

from headway.bundle.steps import Step
from headway.cli.console import Console
from headway.cli.forms import print_forms
from headway.releases.forms import Candidate, ReleaseForms

FORMS = ReleaseForms(
    address="credit:3",
    form="partial",
    reason="partly lowered, after `own` (Own)",
    batch_form="native",
    steps=(
        Step(("model",), "Pipeline", "native", "a part of it has no lowered form"),
        Step(("model", "own"), "Own", "native", "`own.Own` is not covered"),
        Step(("model", "end"), "Ridge"),
    ),
    candidates=(
        Candidate("partial", {1: 3_189.8, 1_000: 29.17}, 5_000),
        Candidate("native", {1: 14_789.9}, 12_345_678, "it is not trusted"),
    ),
    parity={
        "passed": True,
        "reason": "the same answers",
        "tolerance": {"rtol": 1e-12, "atol": 1e-12},
        "max_abs_difference": 2.2e-16,
        "max_tolerance_ratio": 1e-4,
        "rows": {"real": {"planned": 400, "compared": 400}},
        "label_ties": 0,
        "refused_rows": 3,
        "elapsed_s": 1.25,
    },
)


def test_times_steps_and_what_was_compared_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_forms(Console(), FORMS, explain=True)
    told = capsys.readouterr()
    for words in (
        "credit:3: partly lowered, after `own` (Own)",
        "  own  Own       native",
        "`own.Own` is not covered",
        "1 ROW   1,000 ROWS",
        "partial  0.005   3,190   29.2",
        "native   12.346  14,790  -",
        "real  400       400",
        "largest difference 2.2e-16, which is at most 0.01% of what is allowed (1e-12 + 1e-12 of the answer)",
        "served: partial; in batch: native",
    ):
        assert words in told.out, told.out
    assert "the native form was not measured: it is not trusted" in told.err


def test_steps_are_printed_where_they_were_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    print_forms(Console(), FORMS, explain=False)
    assert "own.Own" not in capsys.readouterr().out


def test_one_document_holds_everything(capsys: pytest.CaptureFixture[str]) -> None:
    print_forms(Console(json=True), FORMS, explain=False)
    document = json.loads(capsys.readouterr().out)
    assert document["steps"][1] == {
        "path": ["model", "own"],
        "kind": "Own",
        "form": "native",
        "reason": "`own.Own` is not covered",
    }
    assert document["candidates"][0]["cpu_us_per_row"] == {"1": 3189.8, "1000": 29.17}
    assert document["batch_form"] == "native"
    assert document["parity"]["refused_rows"] == 3
