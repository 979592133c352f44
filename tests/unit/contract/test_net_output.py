from __future__ import annotations

import pytest

from headway.contract.model import Output
from headway.contract.net_output import net_output
from headway.core.dtypes import Method, Task
from headway.errors import ContractError

NUMBERS = Output(Task.OTHER, n_outputs=3, given_as="numbers")
ONE = Output(Task.OTHER, given_as="numbers")


def test_nothing_declared_leaves_the_output_as_it_is():
    assert net_output(NUMBERS, None, (), None) is NUMBERS


@pytest.mark.parametrize("given_as", ["logits", "probabilities"])
def test_classes_make_a_classification(given_as):
    output = net_output(NUMBERS, None, ["a", "b", 3], given_as)
    assert (output.task, output.classes, output.n_outputs) == (
        Task.CLASSIFICATION, ("a", "b", 3), 1,
    )  # fmt: skip
    assert output.methods == (Method.PREDICT, Method.PREDICT_PROBA)
    assert output.given_as == given_as


def test_one_number_tells_two_classes_apart():
    assert net_output(ONE, None, ["no", "yes"], "logits").classes == ("no", "yes")


def test_numbers_become_estimates():
    assert net_output(NUMBERS, "regression", (), None).task is Task.REGRESSION


@pytest.mark.parametrize(
    ("output", "declared", "message"),
    [
        (Output(Task.OTHER), ("regression", (), None), "says itself what it answers"),
        (NUMBERS, ("ranking", (), None), "`task` is `ranking`"),
        (NUMBERS, ("regression", ["a", "b", "c"], "logits"), "classes are declared"),
        (NUMBERS, (None, ["a", "b", "c"], None), "`given_as` is missing"),
        (NUMBERS, (None, ["a", "b", "c"], "odds"), "`given_as` is `odds`"),
        (NUMBERS, (None, ["a", "b"], "logits"), "2 labels and the net answers 3"),
        (NUMBERS, (None, ["a", "b", "b"], "logits"), "2 of them different"),
        (NUMBERS, (None, ["a", None, " "], "logits"), "no label"),
        (NUMBERS, (None, (), "logits"), "0 labels"),
    ],
)
def test_what_does_not_fit_is_refused(output, declared, message):
    with pytest.raises(ContractError, match=message):
        net_output(output, *declared)
