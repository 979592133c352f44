from __future__ import annotations

import copy
import dataclasses
import functools

import msgspec
import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from conformance.cases.models import boosting, logistic
from conformance.frames import credit, credit_target, measurements
from conformance.trained import QUICK, Trained, trained
from headway.contract.model import Output
from headway.core.clock import SystemClock
from headway.optimize.lowering.form import LoweredForm
from headway.optimize.lowering.lower import lower
from headway.optimize.parity import Pair, check_parity
from headway.optimize.probe_rows import probe_rows
from headway.optimize.threadpoolctl import one_thread
from headway.runtimes.encoder import Encoder
from headway.runtimes.onnx import OnnxRuntime
from unit.optimize.lowering.stepwise import run_graph

N_SPLITS = 6


@pytest.fixture(autouse=True)
def single_thread():
    with one_thread():
        yield


# -- models whose lowered form is changed a little


@functools.cache
def trees() -> Trained:
    values = measurements(80)
    noisy = np.nan_to_num(values[:, 1]) + 10 * np.random.default_rng(1).normal(size=80)
    return trained(boosting(max_iter=2, max_leaf_nodes=4), values, noisy > 0)


@functools.cache
def trees_of_categories() -> Trained:
    frame = credit(120)[["amount", "purpose"]].astype({"purpose": "category"})
    target = np.where(credit(120)["purpose"].isin(["tv", "study"]), "bad", "good")
    return trained(boosting(max_iter=2, max_leaf_nodes=3), frame, target)


@functools.cache
def pipeline() -> Trained:
    frame = credit(120)[["duration", "age", "purpose", "housing"]]
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["duration", "age"]),
            ("strings", OneHotEncoder(handle_unknown="ignore"), ["purpose", "housing"]),
        ]
    )
    return trained(make_pipeline(columns, logistic()), frame, credit_target(credit(120)))


@functools.cache
def strict() -> Trained:
    frame = credit(80)[["age", "housing"]]
    columns = ColumnTransformer(
        [("strings", OneHotEncoder(), ["housing"])], remainder="passthrough"
    )
    return trained(make_pipeline(columns, Ridge()), frame, np.arange(80.0) % 7)


def check(model: Trained, form: LoweredForm, output: Output | None = None):
    """Hold a changed form to the native model, on the rows that are made for that form."""
    runtime = OnnxRuntime(form.graph, form.encoder, output or model.contract.output)
    return check_parity(
        Pair(model.native, runtime, model.contract.output),
        probe_rows(model.contract, form, model.rows),
        clock=SystemClock(),
        effort=QUICK,
    )


def lowered_from(model: Trained, change) -> LoweredForm:
    """Lower a changed copy, so that graph and probe rows are wrong in the same way."""
    changed = copy.deepcopy(model.model)
    change(changed)
    return lower(changed, model.contract)


def attribute(graph: onnx.ModelProto, name: str) -> onnx.AttributeProto:
    return next(a for node in graph.graph.node for a in node.attribute if a.name == name)


def with_graph(form: LoweredForm, change) -> LoweredForm:
    """Change the graph alone; the probe rows stay those of the right one."""
    graph = onnx.load_from_string(form.graph)
    change(graph)
    return dataclasses.replace(form, graph=graph.SerializeToString())


def with_array(form: LoweredForm, name: str, change) -> LoweredForm:
    def changed(graph):
        tensor = attribute(graph, name).t
        array = numpy_helper.to_array(tensor).copy()
        change(array)
        tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))

    return with_graph(form, changed)


@pytest.mark.parametrize("model", [trees, trees_of_categories, pipeline, strict])
def test_the_unchanged_form_passes(model):
    report = model().check(model().lower())
    assert report.passed, report.reason
    assert report.failure is None
    assert [timing.form for timing in report.timings] == ["native", "native", "lowered", "lowered"]
    assert all(coverage.compared == coverage.planned for coverage in report.rows.values())


def test_what_both_raise_on_is_counted_and_passes():
    report = strict().check(strict().lower())
    assert report.passed
    assert report.refused_rows > 0


def test_the_trees_have_as_many_tests_as_are_changed_below():
    thresholds = attribute(onnx.load_from_string(trees().lower().graph), "nodes_splits").t
    assert thresholds.dims == [N_SPLITS]


@pytest.mark.parametrize("towards", [-np.inf, np.inf])
@pytest.mark.parametrize("split", range(N_SPLITS))
def test_any_threshold_of_the_graph_off_by_one_unit_in_the_last_place_is_refused(split, towards):
    def off(thresholds):
        thresholds[split] = np.nextafter(thresholds[split], towards)

    report = check(trees(), with_array(trees().lower(), "nodes_splits", off))
    assert not report.passed
    assert report.failure is not None
    assert report.timings == ()


@pytest.mark.parametrize("towards", [-np.inf, np.inf])
@pytest.mark.parametrize("place", range(N_SPLITS))
def test_any_threshold_off_where_the_probe_rows_are_off_too_is_refused(place, towards):
    def off(model):
        splits = [
            (predictor.nodes, node)
            for (predictor,) in model._predictors
            for node in np.flatnonzero(~predictor.nodes["is_leaf"].astype(bool))
        ]
        nodes, node = splits[place]
        nodes["num_threshold"][node] = np.nextafter(nodes["num_threshold"][node], towards)

    assert not check(trees(), lowered_from(trees(), off)).passed


@pytest.mark.parametrize("split", range(N_SPLITS))
def test_any_threshold_rounded_to_float32_is_refused(split):
    def rounded(thresholds):
        single = np.float64(np.float32(thresholds[split]))
        is_exact[0] = single == thresholds[split]
        thresholds[split] = single

    is_exact = [False]
    form = with_array(trees().lower(), "nodes_splits", rounded)
    assert check(trees(), form).passed == is_exact[0]


def test_some_threshold_is_no_float32():
    thresholds = numpy_helper.to_array(
        attribute(onnx.load_from_string(trees().lower().graph), "nodes_splits").t
    )
    assert (thresholds != thresholds.astype(np.float32)).any()


@pytest.mark.parametrize("leaf", range(N_SPLITS + 2))
def test_any_leaf_a_little_off_is_refused(leaf):
    def off(leaves):
        leaves[leaf] += 1e-9

    report = check(trees(), with_array(trees().lower(), "leaf_weights", off))
    assert not report.passed
    assert report.failure is not None
    assert report.failure.difference == pytest.approx(1e-9, rel=0.9)


def test_another_way_for_missing_is_refused_wherever_it_makes_a_difference():
    form = trees().lower()
    rows = measurements(2_000, seed=99)
    rows[np.random.default_rng(0).random(rows.shape) < 0.4] = np.nan
    n_refused = 0
    for split in range(N_SPLITS):

        def turned(graph, split=split):
            ways = attribute(graph, "nodes_missing_value_tracks_true").ints
            ways[split] = 1 - ways[split]

        changed = with_graph(form, turned)
        before, after = (run_graph(one.graph, rows, "scores") for one in (form, changed))
        is_refused = not check(trees(), changed).passed
        assert is_refused == (before != after).any()
        n_refused += is_refused
    assert n_refused >= N_SPLITS - 1


@pytest.mark.parametrize("split", range(N_SPLITS))
def test_below_instead_of_at_most_is_refused(split):
    def below(modes):
        modes[split] = 1

    assert not check(trees(), with_array(trees().lower(), "nodes_modes", below)).passed


def test_another_feature_at_a_node_is_refused():
    def changed(graph):
        features = attribute(graph, "nodes_featureids").ints
        features[0] = (features[0] + 1) % 5

    assert not check(trees(), with_graph(trees().lower(), changed)).passed


def test_a_set_that_lacks_a_category_is_refused():
    form = trees_of_categories().lower()
    members = numpy_helper.to_array(
        attribute(onnx.load_from_string(form.graph), "membership_values").t
    )
    for place in np.flatnonzero(~np.isnan(members)):

        def other(values, place=place):
            values[place] = 900.0

        assert not check(trees_of_categories(), with_array(form, "membership_values", other)).passed


def test_categories_in_another_order_are_refused():
    form = trees_of_categories().lower()
    number, word = form.encoder.columns
    reordered = msgspec.structs.replace(word, vocabulary=word.vocabulary[::-1])
    changed = dataclasses.replace(form, encoder=Encoder([number, reordered]))
    assert not check(trees_of_categories(), changed).passed


def test_labels_in_another_order_are_refused():
    output = trees().contract.output
    turned = msgspec.structs.replace(output, classes=output.classes[::-1])
    report = check(trees(), trees().lower(), turned)
    assert not report.passed
    assert report.failure is not None
    assert report.failure.what == "values"


# -- the steps of a pipeline


def _scale(model):
    return model.named_steps["columntransformer"].named_transformers_["numbers"]


def _coefficient(model):
    model.named_steps["logisticregression"].coef_[0, 0] += 1e-9


def _intercept(model):
    model.named_steps["logisticregression"].intercept_[0] += 1e-9


def _mean(model):
    _scale(model).named_steps["standardscaler"].mean_[1] *= 1 + 1e-9


def _deviation(model):
    _scale(model).named_steps["standardscaler"].scale_[1] *= 1 + 1e-9


def _statistic(model):
    _scale(model).named_steps["simpleimputer"].statistics_[0] += 1e-9


def _category(model):
    encoder = model.named_steps["columntransformer"].named_transformers_["strings"]
    encoder.categories_[1] = np.array(["free", "owns", "rent"], dtype=object)


def _order_of_categories(model):
    encoder = model.named_steps["columntransformer"].named_transformers_["strings"]
    encoder.categories_[1] = encoder.categories_[1][::-1]


def _order_of_columns(model):
    chosen = model.named_steps["columntransformer"]._transformer_to_input_indices
    chosen["strings"] = chosen["strings"][::-1]


@pytest.mark.parametrize(
    "change",
    [
        _coefficient,
        _intercept,
        _mean,
        _deviation,
        _statistic,
        _category,
        _order_of_categories,
        _order_of_columns,
    ],
)
def test_any_number_or_category_of_a_step_that_is_a_little_off_is_refused(change):
    report = check(pipeline(), lowered_from(pipeline(), change))
    assert not report.passed


def test_a_graph_in_float32_is_refused():
    def rounded(graph):
        for tensor in graph.graph.initializer:
            array = numpy_helper.to_array(tensor)
            if array.dtype == np.float64:
                single = np.clip(array, -1e30, 1e30).astype(np.float32).astype(np.float64)
                tensor.CopyFrom(numpy_helper.from_array(single, tensor.name))

    assert not check(pipeline(), with_graph(pipeline().lower(), rounded)).passed


def test_a_leaf_off_by_less_than_the_tolerance_passes():
    def off(leaves):
        leaves[0] += 1e-14

    assert check(trees(), with_array(trees().lower(), "leaf_weights", off)).passed


# -- what the native model raises on


def test_a_form_that_answers_where_the_native_model_raises_is_refused():
    form = strict().lower()
    lenient = [
        msgspec.structs.replace(column, refuse_unknown=False) for column in form.encoder.columns
    ]
    report = check(strict(), dataclasses.replace(form, encoder=Encoder(lenient)))
    assert report.failure is not None
    assert (report.failure.lowered, report.failure.native) == ("an answer", "an error")
    assert (report.failure.kind, report.failure.difference) == ("unknown category", None)


def test_a_form_that_raises_where_the_native_model_answers_is_refused():
    form = trees().lower()
    stricter = [
        msgspec.structs.replace(column, refuse_missing=True) for column in form.encoder.columns
    ]
    report = check(trees(), dataclasses.replace(form, encoder=Encoder(stricter)))
    assert report.failure is not None
    assert (report.failure.lowered, report.failure.native) == ("an error", "an answer")


def test_a_form_that_takes_infinities_where_the_native_model_raises_is_refused():
    form = pipeline().lower()
    wider = [
        msgspec.structs.replace(column, minimum=None, maximum=None)
        for column in form.encoder.columns
    ]
    report = check(pipeline(), dataclasses.replace(form, encoder=Encoder(wider)))
    assert report.failure is not None
    assert report.failure.kind == "infinite"
