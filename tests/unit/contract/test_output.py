"""A declared output fits its model or is refused with every reason; settings never loosen it."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from headway.contract.model import Constraints, Output, OutputRules
from headway.contract.output import Answer, ServedOutput, declare_output, served_output
from headway.contract.post import Clip, Expm1, Round
from headway.core.dtypes import Method, Task
from headway.errors import ContractError

BINARY = Output(Task.CLASSIFICATION, tuple(Method), (0, 1))
WORDS = Output(Task.CLASSIFICATION, tuple(Method), ("bad", "good"))
FLAGS = Output(Task.CLASSIFICATION, tuple(Method), (False, True))
THREE = Output(Task.CLASSIFICATION, tuple(Method), ("a", "b", "c"))
MARGINS = Output(Task.CLASSIFICATION, (Method.PREDICT, Method.DECISION_FUNCTION), (0, 1))
PAIRS = Output(Task.CLASSIFICATION, (Method.PREDICT,), n_outputs=2)
NUMBER = Output(Task.REGRESSION)
OTHER = Output(Task.OTHER)


def rules(output: Output, **fields: Any) -> OutputRules:
    return declare_output(output, Answer(**fields)).rules


def test_nothing_declared_changes_nothing() -> None:
    assert declare_output(BINARY, None) is BINARY
    assert declare_output(BINARY, Answer()) == BINARY


@pytest.mark.parametrize(
    ("output", "given"),
    [
        (BINARY, {0: "good", 1: "bad"}),
        (BINARY, {1: "bad", 0: "good"}),
        (BINARY, {np.int64(1): "bad", np.int64(0): "good"}),
        (BINARY, {"0": "good", "1": "bad"}),
        (BINARY, ["good", "bad"]),
        (FLAGS, {False: "good", True: "bad"}),
        (FLAGS, {"false": "good", "true": "bad"}),
        (WORDS, {"good": "bad", "bad": "good"}),
    ],
)
def test_classes_are_named_by_class_or_in_order(output: Output, given: Any) -> None:
    named = declare_output(output, Answer(class_names=given))
    assert named.labels == ("good", "bad")
    assert named.classes == output.classes


@pytest.mark.parametrize(
    ("output", "given", "messages"),
    [
        (THREE, {"a": "x"}, ["without a name: `b`, `c`"]),
        (THREE, ["x", "y"], ["2 names for 3 classes"]),
        (THREE, "xyz", ["a text for 3 classes"]),
        (THREE, ["x", "y", "x"], ["of several classes: `x`"]),
        (THREE, ["x", " ", 3], ["that are no text: ` `, `3`"]),
        (BINARY, {0: "a", 1: "b", "1": "c"}, ["named twice: `1`"]),
        (
            THREE,
            {"a": "x", "b": "x", "d": "y"},
            ["no class: `d`", "without a name: `c`", "of several classes: `x`"],
        ),
        (NUMBER, ["a"], ["no classes"]),
        (PAIRS, ["a"], ["no classes"]),
    ],
)
def test_names_that_do_not_fit_are_refused_with_every_reason(
    output: Output, given: Any, messages: list[str]
) -> None:
    with pytest.raises(ContractError) as raised:
        rules(output, class_names=given)
    for message in messages:
        assert message in raised.value.message


@pytest.mark.parametrize(
    ("output", "fields", "positive"),
    [
        (BINARY, {}, 1),
        (BINARY, {"positive": 0}, 0),
        (BINARY, {"positive": "0"}, 0),
        (FLAGS, {}, True),
        (WORDS, {"positive": "bad"}, "bad"),
        (BINARY, {"class_names": ["good", "bad"], "positive": "good"}, 0),
        (BINARY, {"class_names": ["good", "bad"], "positive": 1}, 1),
        # a name stands over a class of the same text, because replies hold it
        (WORDS, {"class_names": ["good", "bad"], "positive": "bad"}, "good"),
    ],
)
def test_the_positive_class_is_a_class_or_its_name(
    output: Output, fields: dict[str, Any], positive: Any
) -> None:
    found = rules(output, threshold=0.3, **fields)
    assert (found.threshold, found.positive) == (0.3, positive)


@pytest.mark.parametrize(
    ("output", "fields", "message"),
    [
        (WORDS, {"threshold": 0.3}, "which class is the positive one"),
        (WORDS, {"threshold": 0.3, "positive": "ugly"}, "`ugly`, which is no class"),
        (BINARY, {"positive": 1}, "no `threshold`"),
        (BINARY, {"threshold": 0}, "above 0 and at most 1"),
        (BINARY, {"threshold": 1.01}, "above 0 and at most 1"),
        (BINARY, {"threshold": float("nan")}, "above 0 and at most 1"),
        (BINARY, {"threshold": True}, "above 0 and at most 1"),
        (BINARY, {"threshold": "0.3"}, "above 0 and at most 1"),
        (THREE, {"threshold": 0.3, "positive": "a"}, "has 3 classes"),
        (MARGINS, {"threshold": 0.3}, "no `predict_proba`"),
        (NUMBER, {"threshold": 0.3}, "is a regression"),
        (PAIRS, {"threshold": 0.3}, "is a classification"),
    ],
)
def test_a_threshold_that_the_model_cannot_have_is_refused(
    output: Output, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(ContractError, match=message) as raised:
        rules(output, **fields)
    assert raised.value.hint


def test_numbers_have_post_processing_and_limits() -> None:
    for output in (NUMBER, OTHER, msgspec.structs.replace(NUMBER, n_outputs=3)):
        found = rules(output, post=["expm1", Clip(low=0), "round=2"], ge=0, lt=100)
        assert found.post == (Expm1(), Clip(low=0), Round(2))
        assert found.limits == Constraints(ge=0, lt=100)
    assert rules(NUMBER, post="expm1").post == (Expm1(),)


@pytest.mark.parametrize(
    ("output", "fields", "message"),
    [
        (BINARY, {"post": ["exp"]}, "classification"),
        (BINARY, {"ge": 0}, "classification"),
        (NUMBER, {"ge": 5, "le": 1}, "no value keeps"),
        (NUMBER, {"ge": float("nan")}, "ge"),
        (NUMBER, {"policy": "clip"}, "no bound"),
        (NUMBER, {"policy": "clip", "gt": 0}, "no bound"),
        (NUMBER, {"policy": "warn", "ge": 0}, "`warn`"),
        (NUMBER, {"post": ["expp", "round=99"]}, "expp.*digits"),
    ],
)
def test_what_numbers_cannot_have_is_refused(
    output: Output, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        rules(output, **fields)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(ContractError) as raised:
        rules(THREE, class_names=["x"], threshold=0.5, post=["exp"], ge=0, policy="no")
    for word in ("1 names", "`threshold`", "`post`", "`ge`", "`policy`"):
        assert word in raised.value.message


def test_anything_else_is_no_answer() -> None:
    with pytest.raises(ContractError, match="dict"):
        declare_output(NUMBER, {"ge": 0})  # type: ignore[arg-type]


def test_settings_change_the_threshold_and_say_so() -> None:
    declared = declare_output(WORDS, Answer(threshold=0.3, positive="bad"))
    changed, said = served_output(declared, ServedOutput(threshold=0.7))
    assert (changed.rules.threshold, changed.rules.positive) == (0.7, "bad")
    assert said == ("threshold 0.7 instead of 0.3",)
    changed, said = served_output(WORDS, ServedOutput(threshold=0.7, positive="good"))
    assert (changed.rules.threshold, changed.rules.positive) == (0.7, "good")
    assert said == ("threshold 0.7 instead of the model's own label",)


def test_the_positive_class_is_kept_where_names_are_swapped() -> None:
    declared = declare_output(
        WORDS, Answer(class_names=["good", "bad"], threshold=0.3, positive="bad")
    )
    changed, _ = served_output(declared, ServedOutput(threshold=0.4))
    assert changed.rules.positive == declared.rules.positive == "good"


def test_settings_tighten_limits_and_keep_the_rest() -> None:
    declared = declare_output(NUMBER, Answer(ge=0, le=10, policy="clip", post=["exp"]))
    changed, said = served_output(declared, ServedOutput(ge=1))
    assert changed.rules == msgspec.structs.replace(declared.rules, limits=Constraints(ge=1, le=10))
    assert said == ("tighter limits of the prediction",)


def test_settings_that_say_nothing_change_nothing() -> None:
    for output in (declare_output(WORDS, Answer(threshold=0.3, positive="bad")), NUMBER):
        assert served_output(output, ServedOutput()) == (output, ())


@pytest.mark.parametrize(
    ("output", "changes", "message"),
    [
        (NUMBER, ServedOutput(threshold=0.5), "is a regression"),
        (WORDS, ServedOutput(threshold=0.5), "which class is the positive one"),
        (WORDS, ServedOutput(ge=0), "classification"),
        (WORDS, ServedOutput(positive="bad"), "no `threshold`"),
        (declare_output(NUMBER, Answer(ge=0)), ServedOutput(ge=-1), "looser"),
        (declare_output(NUMBER, Answer(le=0)), ServedOutput(ge=1), "no value keeps"),
        (declare_output(NUMBER, Answer(ge=0, policy="clip")), ServedOutput(gt=0), "no bound"),
        (declare_output(NUMBER, Answer(ge=0, policy="clip")), ServedOutput(lt=9), "no bound"),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    output: Output, changes: ServedOutput, message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        served_output(output, changes)
