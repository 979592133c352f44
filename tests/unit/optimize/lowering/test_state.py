from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from headway.bundle.steps import Step
from headway.core.dtypes import PLAIN_DTYPES, DType
from headway.errors import LoweringError
from headway.optimize.graph import GraphOutput
from headway.optimize.lowering.state import Lowering, Steps
from headway.runtimes.encoder import EncoderColumn
from unit.optimize.lowering.stepwise import contract_of, feature, run_graph

NOTHING = Steps({}, {})
WORD = {"dtype": DType.STRING, "storage": "str"}


class Doubler:
    """A step that a test lowers."""


class TripledDoubler(Doubler):
    """A subclass may do anything."""


def double(lowering, step, columns):
    tensor = lowering.matrices.of(columns)
    return lowering.computed(lowering.graph.add("Add", tensor, tensor), columns)


def raising(error):
    def lower(lowering, step, columns):
        raise error

    return lower


def lowering_of(*features, lower=double):
    return Lowering(contract_of(*features), Steps({Doubler: lower}, {Doubler: lower}))


def test_each_feature_is_a_column_of_the_input():
    columns = lowering_of(feature("a"), feature("b", **WORD)).features
    assert [(c.tensor, c.position, c.feature) for c in columns] == [
        ("features", 0, 0),
        ("features", 1, 1),
    ]
    assert [c.vocabulary is None for c in columns] == [True, False]


@pytest.mark.parametrize(
    ("changes", "is_code_like", "is_closed"),
    [
        ({}, False, None),
        ({"dtype": DType.INTEGER, "storage": "int64"}, False, None),
        ({"dtype": DType.BOOLEAN, "storage": "bool"}, True, None),
        (WORD, True, False),
        (WORD | {"storage": "object"}, True, False),
        (WORD | {"storage": "category", "storage_categories": ("a", "b")}, True, True),
        (
            {"dtype": DType.INTEGER, "storage": "category", "storage_categories": (1, 5)},
            True,
            True,
        ),
    ],
    ids=str,
)
def test_a_column_knows_what_it_can_hold(changes, is_code_like, is_closed):
    (column,) = lowering_of(feature(**changes)).features
    assert (column.is_code_like, column.is_bounded) == (is_code_like, is_code_like)
    assert getattr(column.vocabulary, "is_closed", None) == is_closed


def test_float32_columns_are_rounded_in_the_graph_and_in_their_trace():
    lowering = lowering_of(feature("a"), feature("b", storage="float32"))
    plain, single = lowering.features
    assert (plain.is_single, single.is_single) == (False, True)
    graph, _ = lowering.finish(
        {"values": GraphOutput(lowering.matrices.of([plain, single]), width=2)}
    )
    numbers = np.array([[0.1, 0.1], [np.nan, np.nan], [1e300, 1e300], [1 / 3, -1 / 3]])
    with np.errstate(over="ignore"):
        expected = numbers[:, 1].astype(np.float32).astype(np.float64)
    np.testing.assert_array_equal(run_graph(graph, numbers)[:, 0], numbers[:, 0])
    np.testing.assert_array_equal(run_graph(graph, numbers)[:, 1], expected)
    np.testing.assert_array_equal(single.trace(numbers[:, 1]), expected)


@pytest.mark.parametrize("storage", ["datetime64[ns]", "float16", "complex128", "period[D]"])
def test_a_storage_that_is_not_known_is_refused_by_the_feature(storage):
    with pytest.raises(LoweringError, match=r"feature `when` is stored as .*not covered"):
        Lowering(contract_of(feature("when", storage=storage)), NOTHING)


def test_a_step_is_lowered_by_its_exact_type():
    lowering = lowering_of(feature("a"), feature("b"))
    made = lowering.transform("twice", Doubler(), lowering.features)
    graph, encoder = lowering.finish({"values": GraphOutput(made[0].tensor, width=2)})
    assert run_graph(graph, [[1.5, 2.0]]).tolist() == [[3.0, 4.0]]
    assert encoder.columns == (EncoderColumn("a"), EncoderColumn("b"))


@pytest.mark.parametrize("step", [TripledDoubler(), StandardScaler(), "drop", None, Doubler])
@pytest.mark.parametrize("door", ["transform", "answer"])
def test_any_other_type_is_refused_by_name(door, step):
    lowering = lowering_of(feature())
    with pytest.raises(LoweringError, match=r"^step `it` \(\w+\): `.*` is not covered$"):
        getattr(lowering, door)("it", step, lowering.features)


@pytest.mark.parametrize("method", ["transform", "predict", "predict_proba", "decision_function"])
def test_a_method_replaced_on_the_object_is_refused(method):
    lowering, step = lowering_of(feature()), Doubler()
    setattr(step, method, lambda rows: rows)
    with pytest.raises(LoweringError, match=f"its `{method}` was replaced"):
        lowering.transform("it", step, lowering.features)


@pytest.mark.parametrize(
    "error",
    [
        AttributeError("no `mean_`"),
        KeyError("encoder"),
        IndexError("3"),
        TypeError("none"),
        ValueError("shape"),
        ZeroDivisionError("0"),
    ],
    ids=repr,
)
def test_fitted_attributes_that_are_not_as_known_are_a_refusal(error):
    lowering = lowering_of(feature(), lower=raising(error))
    with pytest.raises(LoweringError, match="fitted attributes are not what is known") as caught:
        lowering.transform("it", Doubler(), lowering.features)
    assert type(error).__name__ in caught.value.message
    assert caught.value.__cause__ is error


def test_a_refusal_inside_keeps_its_hint_and_gains_the_step():
    inner = LoweringError("it is too odd", hint="use another")
    lowering = lowering_of(feature(), lower=raising(inner))
    with pytest.raises(LoweringError, match=r"^step `it` \(Doubler\): it is too odd$") as caught:
        lowering.answer("it", Doubler(), lowering.features)
    assert caught.value.hint == "use another"


def test_a_computed_column_lies_side_by_side_without_what_filled_it():
    lowering = lowering_of(feature("a"), feature("b"))
    made = lowering.computed("somewhere", lowering.features[::-1])
    assert [(c.tensor, c.position, c.feature) for c in made] == [
        ("somewhere", 0, 1),
        ("somewhere", 1, 0),
    ]
    assert all(column.fill is None for column in made)


def test_numbers_that_are_compared_with_are_kept_for_features_only():
    lowering = lowering_of(feature("a"), feature("b", **WORD))
    number, word = lowering.features
    lowering.compares_with(number, np.array([3.0, np.nan, 1.0, np.inf]))
    lowering.compares_with(number, np.array([3.0, 7.0]))
    lowering.compares_with(word, np.array([0.0]))
    assert lowering.landmarks == {0: {1.0, 3.0, 7.0}}


def test_endings_are_called_once_every_step_is_lowered():
    lowering, called = lowering_of(feature("a", **WORD)), []
    vocabulary = lowering.features[0].vocabulary
    lowering.at_end(lambda: called.append(len(vocabulary)))
    vocabulary.code("late")
    assert called == []
    _, encoder = lowering.finish({"values": GraphOutput("features", width=1)})
    assert called == [1]
    assert encoder.columns[0].vocabulary == ("late",)


@pytest.mark.parametrize("dtype", sorted(set(DType) - PLAIN_DTYPES))
def test_a_type_that_has_no_lowered_form_is_refused_by_the_feature(dtype):
    with pytest.raises(LoweringError, match=f"feature `when` is a {dtype}"):
        lowering_of(feature("a"), feature("when", dtype=dtype, storage="object"))


def test_each_step_leaves_a_record_below_the_steps_that_it_is_part_of():
    def outer(lowering, step, columns):
        return lowering.transform("inner", Doubler(), columns)

    lowering = Lowering(contract_of(feature()), Steps({Doubler: double, TripledDoubler: outer}, {}))
    lowering.transform("whole", TripledDoubler(), lowering.features)
    assert lowering.records == [
        Step(("whole",), "TripledDoubler"),
        Step(("whole", "inner"), "Doubler"),
    ]


def test_the_record_of_a_refusal_says_why_where_it_happened():
    def outer(lowering, step, columns):
        return lowering.transform("inner", object(), columns)

    lowering = Lowering(contract_of(feature()), Steps({Doubler: outer}, {}))
    with pytest.raises(LoweringError, match=r"step `whole` .*: step `inner` .* is not covered"):
        lowering.transform("whole", Doubler(), lowering.features)
    assert lowering.records == [
        Step(("whole",), "Doubler", "native", "a part of it has no lowered form"),
        Step(("whole", "inner"), "object", "native", "`builtins.object` is not covered"),
    ]


def test_columns_rounded_to_float32_are_so_in_their_trace_too():
    lowering = lowering_of(feature())
    (rounded,) = lowering.rounded(lowering.features)
    graph, _ = lowering.finish({"values": GraphOutput(rounded.tensor, width=1)})
    numbers = np.array([[0.1], [np.nan], [1e300], [-1 / 3]])
    with np.errstate(over="ignore"):
        expected = numbers.astype(np.float32).astype(np.float64)
    np.testing.assert_array_equal(run_graph(graph, numbers), expected)
    np.testing.assert_array_equal(rounded.trace(numbers[:, 0]), expected[:, 0])


def test_a_mixed_column_has_no_feature_and_no_trace():
    lowering = lowering_of(feature("a"), feature("b"))
    (column,) = lowering.mixed("somewhere", 1)
    assert column.is_mixed
    for asked in (lambda: column.only_feature, lambda: column.trace(np.zeros(1))):
        with pytest.raises(LoweringError, match="made of several features"):
            asked()


@pytest.mark.parametrize(
    ("require", "refused"),
    [("require_finite", [1e308, np.nan]), ("require_finite_or_missing", [1e308])],
)
def test_what_a_step_refuses_of_mixed_columns_is_told_by_the_guard(require, refused):
    def product(lowering, step, columns):
        weights = lowering.graph.constant([[10.0], [10.0]])
        tensor = lowering.graph.add("MatMul", lowering.matrices.of(columns), weights)
        made = lowering.mixed(tensor, 1)
        getattr(lowering.refusals, require)(made)
        return made

    lowering = lowering_of(feature("a"), feature("b"), lower=product)
    made = lowering.transform("it", Doubler(), lowering.features)
    graph, _ = lowering.finish({"values": GraphOutput(made[0].tensor, width=1)})
    first = np.array([1.0, 1e308, np.nan])
    guard = run_graph(graph, np.column_stack([first, np.ones(3)]), "guard")
    assert first[np.isnan(guard)].tolist() == pytest.approx(refused, nan_ok=True)
