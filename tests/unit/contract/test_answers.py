"""Raw answers are shaped as was declared, few as many; what breaks the contract is never answered."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.contract.answers import (
    Shaper,
    check_few_probabilities,
    check_probabilities,
    class_array,
)
from headway.contract.model import Output
from headway.contract.output import Answer, declare_output
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.errors import OutputContractError

if TYPE_CHECKING:
    from collections.abc import Sequence

BINARY = Output(Task.CLASSIFICATION, tuple(Method), (0, 1))
NUMBER = Output(Task.REGRESSION)
SIZES = [1, 3, 100]


def shaper(output: Output, **fields: Any) -> Shaper:
    return Shaper(declare_output(output, Answer(**fields)))


@pytest.mark.parametrize("labels", [("bad", "good"), (0, 1), (False, True), (0.5, 2.0), (1, "a")])
def test_labels_stay_what_they_are(labels: Sequence[Any]) -> None:
    held = class_array(labels).tolist()
    assert held == list(labels)
    assert list(map(type, held)) == list(map(type, labels))


SHARES = st.one_of(
    st.floats(-0.1, 1.1),
    st.sampled_from([0.0, 1.0, 0.5, math.nan, math.inf, -math.inf, -1e-7, 1 + 1e-7]),
)


@given(st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=40))
def test_few_probabilities_are_held_to_the_same_as_many(rows: list[tuple[float, float]]) -> None:
    def verdict(check: Any, *given: Any) -> str:
        try:
            check(*given)
        except OutputContractError as error:
            return error.message
        return "kept"

    few = verdict(check_few_probabilities, [list(row) for row in rows])
    assert few == verdict(check_probabilities, np.array(rows), 2)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.floats(0.01, 1), st.booleans())
def test_the_label_is_the_positive_class_from_the_threshold_on(
    shares: list[float], threshold: float, is_first: bool
) -> None:
    positive = 0 if is_first else 1
    given = np.array([[share, 1 - share] for share in shares])[:, :: 1 if is_first else -1]
    named = shaper(BINARY, class_names=["good", "bad"], threshold=threshold, positive=positive)
    assert named.needs_probabilities
    found = named.shaped(Prediction(np.zeros(len(shares), dtype=int), given))
    names = ["good", "bad"]
    expected = [names[positive] if share >= threshold else names[1 - positive] for share in shares]
    assert found.values.tolist() == expected
    assert found.probabilities is given


def test_a_threshold_keeps_the_type_of_the_labels() -> None:
    flags = Output(Task.CLASSIFICATION, tuple(Method), (False, True))
    found = shaper(flags, threshold=0.3).shaped(
        Prediction(np.array([False, False]), np.array([[0.7, 0.3], [0.8, 0.2]]))
    )
    assert found.values.tolist() == [True, False]


@pytest.mark.parametrize("n_rows", SIZES)
def test_names_stand_for_classes(n_rows: int) -> None:
    found = shaper(BINARY, class_names={0: "good", 1: "bad"}).shaped(
        Prediction(np.arange(n_rows) % 2, scores=np.ones(n_rows))
    )
    assert found.values.tolist() == [["good", "bad"][i % 2] for i in range(n_rows)]
    assert found.scores is not None


@pytest.mark.parametrize("odd", [2, "0", None, [0]])
def test_a_label_without_a_name_is_refused(odd: Any) -> None:
    labels = np.zeros(3, dtype=object)
    labels[2] = odd
    with pytest.raises(OutputContractError, match="none of its classes for row 2"):
        shaper(BINARY, class_names=["good", "bad"]).shaped(Prediction(labels))


def test_a_label_does_not_follow_from_what_are_no_probabilities() -> None:
    with pytest.raises(OutputContractError, match="NaN as the probability of row 1"):
        shaper(BINARY, threshold=0.3).shaped(
            Prediction(np.zeros(2), np.array([[0.5, 0.5], [math.nan, 0.5]]))
        )


@pytest.mark.parametrize("n_rows", SIZES)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_post_processing_hides_no_fault_of_the_model(n_rows: int, bad: float) -> None:
    numbers = np.zeros(n_rows)
    numbers[-1] = bad
    with pytest.raises(OutputContractError, match=f"prediction of row {n_rows - 1}"):
        shaper(NUMBER, post=["clip=0:1"]).shaped(Prediction(numbers))


def test_an_overflow_in_post_processing_is_said_to_be_one() -> None:
    with pytest.raises(
        OutputContractError, match="infinity as the post-processed prediction of row 1"
    ):
        shaper(NUMBER, post=["exp"]).shaped(Prediction(np.array([1.0, 1000.0])))
    with pytest.raises(OutputContractError, match="NaN as the post-processed prediction of row 0"):
        shaper(NUMBER, post=["log1p"]).shaped(Prediction(np.array([-2.0])))


@pytest.mark.parametrize("n_rows", SIZES)
@pytest.mark.parametrize(
    ("limits", "number", "rule"),
    [
        ({"ge": 0}, -1e-9, "ge"),
        ({"gt": 0}, 0.0, "gt"),
        ({"le": 10}, 10.5, "le"),
        ({"lt": 10}, 10.0, "lt"),
    ],
)
def test_a_number_beyond_its_limit_is_refused_and_its_row_named(
    n_rows: int, limits: dict[str, float], number: float, rule: str
) -> None:
    kept = np.full(n_rows, 5.0)
    limited = shaper(NUMBER, **limits)
    assert limited.shaped(Prediction(kept)).values.tolist() == kept.tolist()
    kept[-1] = number
    with pytest.raises(OutputContractError, match=f"row {n_rows - 1} breaks the limit `{rule}`"):
        limited.shaped(Prediction(kept))


def test_limits_are_of_what_is_answered() -> None:
    found = shaper(NUMBER, post=["scale=10"], le=50).shaped(Prediction(np.array([5])))
    assert found.values.tolist() == [50.0]
    with pytest.raises(OutputContractError, match="`le` `50`"):
        shaper(NUMBER, post=["scale=10"], le=50).shaped(Prediction(np.array([6])))


@pytest.mark.parametrize("values", [np.array([-1.0, 5.0, 11.0]), np.array([-1, 5, 11])])
def test_a_bound_is_answered_where_that_is_the_policy(values: Any) -> None:
    found = shaper(NUMBER, ge=0, le=10, policy="clip").shaped(Prediction(values))
    assert found.values.tolist() == [0, 5, 10]


def test_whole_numbers_stay_whole_where_nothing_is_done_with_them() -> None:
    found = shaper(NUMBER, ge=0).shaped(Prediction(np.array([2**60 + 1])))
    assert found.values.tolist() == [2**60 + 1]


def test_every_value_of_several_outputs_is_shaped_and_limited() -> None:
    limited = shaper(Output(Task.REGRESSION, n_outputs=2), post=["round=0"], le=5)
    found = limited.shaped(Prediction(np.array([[1.2, 2.6], [3.4, 4.9]])))
    assert found.values.tolist() == [[1.0, 3.0], [3.0, 5.0]]
    with pytest.raises(OutputContractError, match="row 1"):
        limited.shaped(Prediction(np.array([[1.2, 2.6], [3.4, 5.9]])))


@pytest.mark.parametrize("values", [["a"], [True], [None]])
def test_what_is_no_number_is_refused(values: list[Any]) -> None:
    with pytest.raises(OutputContractError, match="no number"):
        shaper(Output(Task.OTHER), ge=0).shaped(Prediction(np.array(values)))


def test_no_message_holds_an_answer() -> None:
    with pytest.raises(OutputContractError) as raised:
        shaper(NUMBER, le=10).shaped(Prediction(np.array([123.456])))
    assert "123" not in raised.value.message
