from __future__ import annotations

import numpy as np
import pytest

from headway.contract.model import Output
from headway.core.dtypes import Method, Task
from headway.errors import LoweringError
from headway.optimize.graph import GraphOutput
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from unit.optimize.lowering.stepwise import contract_of, feature


def classes_of(*classes):
    output = Output(Task.CLASSIFICATION, tuple(Method), classes)
    return contract_of(feature(), output=output)


def numbers_of(n_outputs=1, task=Task.REGRESSION):
    return contract_of(feature(), output=Output(task, n_outputs=n_outputs))


@pytest.mark.parametrize("classes", [("a", "b"), (False, True), (-1.0, 2.5)], ids=str)
def test_two_classes_have_one_score(classes):
    made = ClassAnswers(np.array(classes), "l", "p", "s").outputs(classes_of(*classes))
    assert made == {
        "label": GraphOutput("l", "int64"),
        "probabilities": GraphOutput("p", width=2),
        "scores": GraphOutput("s"),
    }


def test_more_classes_have_a_score_each():
    made = ClassAnswers(np.array([1, 5, 9]), "l", "p", "s").outputs(classes_of(1, 5, 9))
    assert made["scores"] == GraphOutput("s", width=3)
    assert made["probabilities"] == GraphOutput("p", width=3)


def test_what_a_classifier_does_not_have_is_no_output():
    made = ClassAnswers(np.array(["a", "b"]), "l").outputs(classes_of("a", "b"))
    assert list(made) == ["label"]


@pytest.mark.parametrize("fitted", [["b", "a"], ["a", "b", "c"], ["a", "B"], [0, 1]], ids=str)
def test_other_classes_or_another_order_are_refused(fitted):
    with pytest.raises(LoweringError, match="not the contract's, in the same order"):
        ClassAnswers(np.array(fitted), "l").outputs(classes_of("a", "b"))


def test_one_class_is_refused():
    with pytest.raises(LoweringError, match="one class only"):
        ClassAnswers(np.array(["a"]), "l")


def test_numbers_are_one_or_several():
    assert NumberAnswers("v").outputs(numbers_of()) == {"values": GraphOutput("v")}
    several = NumberAnswers("v", 3).outputs(numbers_of(3))
    assert several == {"values": GraphOutput("v", width=3)}


def test_labels_of_clusters_are_whole_numbers():
    made = NumberAnswers("v", element_type="int64").outputs(numbers_of(task=Task.OTHER))
    assert made == {"values": GraphOutput("v", "int64")}


def test_another_number_of_outputs_is_refused():
    with pytest.raises(LoweringError, match="answers 2 numbers and the contract has 1"):
        NumberAnswers("v", 2).outputs(numbers_of())


def test_numbers_are_no_classes():
    with pytest.raises(LoweringError, match="has classes"):
        NumberAnswers("v").outputs(classes_of("a", "b"))
