from __future__ import annotations

import numpy as np
import pytest

from headway.contract.model import Feature
from headway.core.dtypes import DType
from headway.errors import LoweringError
from headway.optimize.graph import GraphBuilder, GraphOutput
from headway.optimize.lowering.columns import MAX_FLOAT64, Column, Vocabulary
from headway.optimize.lowering.matrices import Matrices
from headway.optimize.lowering.refusals import Refusals
from headway.runtimes.encoder import EncoderColumn
from unit.optimize.lowering.stepwise import run_graph

NUMBER = Feature("n", DType.FLOAT, True, "float64")
COUNT = Feature("c", DType.INTEGER, False, "int64")
WORD = Feature("w", DType.STRING, True, "str")
CATEGORY = Feature("k", DType.STRING, False, "category", ("a", "b"))


def column(trace=lambda values: values, **fields):
    return Column("features", 0, 0, trace, **fields)


def coded(vocabulary, trace=lambda values: values):
    return column(trace, vocabulary=vocabulary, is_code_like=True, is_bounded=True)


def test_a_feature_of_which_nothing_is_asked_is_encoded_plainly():
    assert Refusals([NUMBER]).encoder_column(0, None) == EncoderColumn("n")


def test_infinities_are_refused_of_floats_and_never_of_integers():
    refusals = Refusals([NUMBER])
    refusals.require_finite_or_missing([column()])
    encoded = refusals.encoder_column(0, None)
    assert (encoded.minimum, encoded.maximum) == (-MAX_FLOAT64, MAX_FLOAT64)
    assert not encoded.refuse_missing
    counts = Refusals([COUNT])
    counts.require_finite_or_missing([column()])
    assert counts.encoder_column(0, None) == EncoderColumn("c")


def test_numbers_that_a_scaler_makes_infinite_are_refused_exactly():
    def scaled(values):
        with np.errstate(over="ignore"):
            return (values - 5.0) / 0.25

    refusals = Refusals([NUMBER])
    refusals.require_finite_or_missing([column(scaled, is_computed=True)])
    encoded = refusals.encoder_column(0, None)
    ends = np.array([encoded.minimum, encoded.maximum])
    assert np.isfinite(scaled(ends)).all()
    assert np.isinf(scaled(np.nextafter(ends, [-np.inf, np.inf]))).all()


def test_the_narrowest_of_several_ranges_counts():
    def halved(values):
        with np.errstate(over="ignore"):
            return values / 0.5

    refusals = Refusals([NUMBER])
    refusals.require_finite_or_missing([column(halved, is_computed=True), column()])
    assert refusals.encoder_column(0, None).maximum == MAX_FLOAT64 / 2


def test_missing_is_refused_where_it_arrives_as_missing():
    refusals = Refusals([NUMBER])
    refusals.require_finite([column()])
    assert refusals.encoder_column(0, None).refuse_missing
    filled = Refusals([NUMBER])
    filled.require_finite([column(lambda values: np.where(np.isnan(values), 0.0, values))])
    assert not filled.encoder_column(0, None).refuse_missing


def test_missing_is_not_refused_where_the_contract_refuses_it_already():
    refusals = Refusals([Feature("n", DType.FLOAT, False, "float64")])
    refusals.require_finite([column()])
    assert not refusals.encoder_column(0, None).refuse_missing


def test_numbers_that_a_square_makes_infinite_are_refused_on_both_sides():
    def squared(values):
        with np.errstate(over="ignore"):
            return values * values

    refusals = Refusals([NUMBER])
    refusals.require_finite_or_missing([column(squared, is_computed=True)])
    encoded = refusals.encoder_column(0, None)
    ends = np.array([encoded.minimum, encoded.maximum])
    assert np.isfinite(squared(ends)).all()
    assert np.isinf(squared(np.nextafter(ends, [-np.inf, np.inf]))).all()


def test_missing_alone_can_be_refused():
    refusals = Refusals([NUMBER])
    refusals.require_present([column()])
    assert refusals.encoder_column(0, None) == EncoderColumn("n", refuse_missing=True)


def test_numbers_that_become_missing_cannot_be_refused_one_by_one():
    with pytest.raises(LoweringError, match="unknown number"):
        Refusals([NUMBER]).require_finite([column(lambda values: np.full(values.shape, np.nan))])


def test_unknown_numbers_are_refused_by_a_list_of_the_known():
    refusals = Refusals([NUMBER])
    refusals.require_one_of(column(), np.array([1.0, 2.5, np.nan]))
    refusals.require_one_of(column(), np.array([2.5, 1.0, 7.0, np.nan]))
    encoded = refusals.encoder_column(0, None)
    assert (encoded.one_of, encoded.refuse_missing) == ((1.0, 2.5), False)


def test_unknown_numbers_of_a_computed_column_cannot_be_refused():
    with pytest.raises(LoweringError, match="another step computes"):
        Refusals([NUMBER]).require_one_of(column(is_computed=True), np.array([1.0]))


def test_unknown_words_and_those_that_only_another_step_knows_are_refused():
    words = Vocabulary()
    known = np.array([words.code("a"), words.code("b")])
    refusals = Refusals([WORD])
    refusals.require_one_of(coded(words), known)
    words.code("only an imputer's")
    encoded = refusals.encoder_column(0, words)
    assert encoded.refuse_unknown
    assert encoded.refuse_missing
    assert encoded.one_of == (0.0, 1.0)


def test_words_that_become_missing_are_refused_where_missing_is():
    words = Vocabulary()
    code = words.code("a")
    refusals = Refusals([WORD])
    unknown_to_nan = coded(words, lambda values: np.where(values == code, 0.0, np.nan))
    refusals.require_finite([unknown_to_nan])
    encoded = refusals.encoder_column(0, words)
    assert (encoded.refuse_unknown, encoded.refuse_missing, encoded.one_of) == (True, True, None)


def test_an_unknown_category_is_missing_and_refused_as_such():
    categories = Vocabulary(("a", "b"))
    refusals = Refusals([CATEGORY])
    refusals.require_one_of(coded(categories), np.array([0.0, 1.0]))
    encoded = refusals.encoder_column(0, categories)
    assert (encoded.unknown_is_missing, encoded.refuse_unknown) == (True, False)
    assert encoded.refuse_missing


def partial(**fields):
    return column(is_computed=True, is_partial=True, **fields)


def guard_of(ask, rows):
    """Return what the guard says of rows of one column, `None` where there is none."""
    graph = GraphBuilder(1)
    matrices = Matrices(graph, 1)
    refusals = Refusals([NUMBER])
    ask(refusals)
    guard = refusals.guard(graph, matrices)
    assert refusals.encoder_column(0, None) == EncoderColumn("n")
    if guard is None:
        return None
    made = run_graph(graph.finish({"guard": GraphOutput(guard)}), np.array(rows)[:, None], "guard")
    return np.isnan(made).tolist()


@pytest.mark.parametrize(
    ("ask", "refused"),
    [
        (lambda r: r.require_finite([partial()]), [False, False, True, True]),
        (lambda r: r.require_finite_or_missing([partial()]), [False, False, True, False]),
        (lambda r: r.require_present([partial()]), [False, False, False, True]),
        (lambda r: r.require_between(partial(), 0.0, 9.0), [False, True, True, False]),
    ],
    ids=["finite", "finite-or-missing", "present", "between"],
)
def test_what_no_range_of_the_feature_tells_is_told_by_the_graph(ask, refused):
    assert guard_of(ask, [0.0, -1.0, np.inf, np.nan]) == refused


def test_a_range_of_the_feature_itself_is_told_by_the_encoder():
    refusals = Refusals([NUMBER])
    refusals.require_between(column(), 1.0, 9.0)
    refusals.require_between(column(), 0.0, 5.0)
    encoded = refusals.encoder_column(0, None)
    assert (encoded.minimum, encoded.maximum, encoded.refuse_missing) == (1.0, 5.0, False)
