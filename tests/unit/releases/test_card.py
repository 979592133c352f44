from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest

from headway.bundle.manifest import Execution
from headway.contract.model import Constraints, Contract, Feature, Observed, Output
from headway.contract.output import Answer, declare_output
from headway.core.dtypes import DType, Method, Task
from headway.releases.card import CardFacts, write_card

FEATURES = (
    Feature(
        "age",
        DType.FLOAT,
        nullable=True,
        storage="float64",
        constraints=Constraints(ge=18, lt=120, not_null=True),
        observed=Observed(minimum=19, maximum=75.5, missing_ratio=0.05),
    ),
    Feature(
        "purpose|of\nloan",
        DType.STRING,
        nullable=False,
        storage="str",
        constraints=Constraints(one_of=("car", "tv")),
        observed=Observed(categories=tuple("abcdefgh"), n_categories=8),
    ),
    Feature(
        "town",
        DType.STRING,
        nullable=True,
        storage="str",
        observed=Observed(n_categories=12_345),
    ),
)
FACTS = CardFacts(
    name="credit",
    label="v2.1",
    created_at="2026-11-23T08:00:00+00:00",
    model_class="Pipeline(LogisticRegression)",
    contract=Contract(
        FEATURES,
        Output(Task.CLASSIFICATION, (Method.PREDICT, Method.PREDICT_PROBA), ("bad", "good")),
        n_training_rows=12_000,
    ),
    execution=Execution("lowered", "sklearn", "model.pkl", "lowered: the same answers"),
    parity={"passed": True, "max_abs_difference": 8.9e-16, "rows": {"a": 1}, "failure": None},
    metrics={"accuracy": 0.81234567},
    notes=("column `x` is constant",),
    absent={"profile": "not recorded yet"},
    libraries={"python": "3.11.7"},
    tags={"mlflow.user": "ada"},
    n_golden_rows=256,
)


def test_everything_that_is_known_is_told() -> None:
    card = write_card(FACTS)
    for words in (
        "# credit (v2.1)\n",
        "A classification by `Pipeline(LogisticRegression)`",
        "It answers `predict`, `predict_proba`.",
        "Its classes are `bad`, `good`.",
        "12,000 rows of 3 features.",
        "carries 256 of them",
        "| age | float | no | 19 to 75.5; 5.0% missing | >= 18, < 120, not null |",
        "| town | string | yes | 12,345 values |  |",
        "Served lowered: the same answers.",
        "| max abs difference | 8.9e-16 |",
        "| accuracy | 0.812346 |",
        "- column `x` is constant",
        "- profile: not recorded yet",
        "| python | 3.11.7 |",
        "| mlflow.user | ada |",
    ):
        assert words in card


def test_text_of_the_data_does_not_break_the_table() -> None:
    row = next(line for line in write_card(FACTS).splitlines() if "purpose" in line)
    assert row == "| purpose\\|of loan | string | no | a, b, c, d, e, f, ... | one of `car`, `tv` |"


@pytest.mark.parametrize(
    ("change", "heading"),
    [
        ({"metrics": {}}, "## Metrics"),
        ({"notes": ()}, "## Notes"),
        ({"absent": {}}, "## Not recorded"),
        ({"tags": {}}, "## Lineage"),
        ({"parity": None}, "parity gate"),
        ({"label": ""}, "("),
    ],
)
def test_what_there_is_nothing_of_has_no_heading(change: dict[str, Any], heading: str) -> None:
    title = write_card(FACTS).splitlines()[0] if heading == "(" else write_card(FACTS)
    without = write_card(dataclasses.replace(FACTS, **change))
    assert heading in title
    assert heading not in (without.splitlines()[0] if heading == "(" else without)


def test_a_release_without_rows_says_so() -> None:
    assert "carries none of them" in write_card(dataclasses.replace(FACTS, n_golden_rows=0))


def test_many_classes_are_cut() -> None:
    output = Output(Task.CLASSIFICATION, classes=tuple(range(50)))
    contract = Contract(FEATURES, output)
    assert "`19` and 30 more." in write_card(dataclasses.replace(FACTS, contract=contract))


def test_a_shaped_answer_is_told() -> None:
    assert "## Answers" not in write_card(FACTS)
    output = declare_output(
        FACTS.contract.output, Answer(class_names=["no", "yes"], threshold=0.3, positive="yes")
    )
    contract = msgspec.structs.replace(FACTS.contract, output=output)
    card = write_card(dataclasses.replace(FACTS, contract=contract))
    assert "Its classes are `no`, `yes`." in card
    assert "| threshold | `yes` from a probability of 0.3 on |" in card
