from __future__ import annotations

import msgspec
import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import Birch
from sklearn.decomposition import FastICA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression, Ridge, SGDOneClassSVM
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    OneHotEncoder,
    StandardScaler,
)
from sklearn.random_projection import GaussianRandomProjection
from sklearn.svm import SVC

from conformance.cases.models import boosting, logistic
from conformance.frames import credit, credit_target, measurements
from conformance.trained import trained
from headway.contract.infer import infer_contract
from headway.contract.model import Output
from headway.core.clock import SystemClock
from headway.core.dtypes import Task
from headway.errors import LoweringError
from headway.optimize.candidates import find_form
from headway.optimize.lowering.lower import lower

VALUES = measurements(60, missing=False)
TARGET = VALUES[:, 1] > 0
CONTRACT = infer_contract(VALUES, Output(Task.REGRESSION)).contract


class OwnRidge(Ridge):
    """Like its parent, as far as anybody can tell."""


class OwnScaler(StandardScaler):
    """Likewise."""


class Foreign:
    """A model of another library."""

    n_features_in_ = 5

    def predict(self, rows):
        return np.zeros(len(rows))


UNKNOWN = [
    KNeighborsClassifier(),
    SVC(),
    SGDOneClassSVM(),
    DummyClassifier(),
    VotingClassifier([("a", DummyClassifier())]),
    StackingClassifier([("a", DummyClassifier())]),
    CalibratedClassifierCV(DummyClassifier(), cv=2),
    GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [2]}, cv=2),
    make_pipeline(FastICA(2), Ridge()),
    make_pipeline(GaussianRandomProjection(2), Ridge()),
    make_pipeline(OwnScaler(), Ridge()),
    make_pipeline(StandardScaler(), OwnRidge()),
    OwnRidge(),
]
UNFITTED = [
    Ridge(),
    LogisticRegression(),
    boosting(),
    make_pipeline(StandardScaler(), Ridge()),
    Pipeline([("nothing", None), ("ridge", Ridge())]),
    GridSearchCV(Ridge(), {"alpha": [1.0]}),
    IsotonicRegression(),
]


@pytest.mark.parametrize("model", UNKNOWN, ids=lambda model: type(model).__name__)
def test_what_is_not_covered_is_refused_by_the_step_that_is_not(model):
    with pytest.raises(LoweringError, match=r"^step `model` \(\w+\): .*is not covered$"):
        lower(model.fit(VALUES, TARGET), CONTRACT)


@pytest.mark.parametrize(
    "model",
    [Birch(n_clusters=2), MultiOutputClassifier(DummyClassifier())],
    ids=lambda model: type(model).__name__,
)
def test_models_of_no_or_several_targets_are_refused(model):
    with pytest.raises(LoweringError, match="is not covered"):
        lower(model.fit(VALUES, np.column_stack([TARGET, TARGET])), CONTRACT)


@pytest.mark.parametrize("model", UNFITTED, ids=lambda model: type(model).__name__)
def test_what_is_not_fitted_is_refused(model):
    with pytest.raises(LoweringError):
        lower(model, CONTRACT)


@pytest.mark.parametrize("model", [Foreign(), object(), None, len, "ridge", 5, Ridge])
def test_what_is_no_model_at_all_is_refused(model):
    with pytest.raises(LoweringError):
        lower(model, CONTRACT)


@pytest.mark.parametrize(
    "model", [*UNKNOWN, *UNFITTED, Foreign(), object(), None], ids=lambda m: type(m).__name__
)
def test_for_any_of_them_the_form_is_native_and_says_why(model):
    native = trained(Ridge(), VALUES, VALUES[:, 0])
    form = find_form(model, native.native, CONTRACT, native.rows, clock=SystemClock())
    # the steps after one that is not covered are lowered, and are not those of the other model
    assert (form.lowered, form.runtime) == (None, None)
    assert form.reason.startswith("native, because ")


def test_a_method_that_was_replaced_on_the_object_is_refused():
    model = Ridge().fit(VALUES, TARGET)
    model.predict = lambda rows: np.zeros(len(rows))
    with pytest.raises(LoweringError, match="`predict` was replaced"):
        lower(model, CONTRACT)


def test_another_number_of_features_is_refused():
    with pytest.raises(LoweringError, match="fitted on 3 features and the contract has 5"):
        lower(Ridge().fit(VALUES[:, :3], TARGET), CONTRACT)


def test_features_in_another_order_are_refused():
    frame = credit(60)[["age", "rate"]]
    contract = infer_contract(frame[["rate", "age"]], Output(Task.REGRESSION)).contract
    with pytest.raises(LoweringError, match="in the same order"):
        lower(Ridge().fit(frame, TARGET), contract)


def test_classes_in_another_order_are_refused():
    fitted = trained(logistic(), VALUES, TARGET)
    output = fitted.contract.output
    turned = msgspec.structs.replace(output, classes=output.classes[::-1])
    with pytest.raises(LoweringError, match="classes are not the contract's"):
        lower(fitted.model, msgspec.structs.replace(fitted.contract, output=turned))


def test_lowering_twice_gives_the_same_bytes():
    frame = credit(80)[["housing", "purpose"]]
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), logistic())
    fitted = trained(model, frame, credit_target(credit(80)))
    first, second = fitted.lower(), fitted.lower()
    assert first.graph == second.graph
    assert first.encoder.to_json() == second.encoder.to_json()


def test_the_model_is_left_as_it_was():
    fitted = trained(make_pipeline(StandardScaler(), Ridge()), VALUES, VALUES[:, 0])
    before = fitted.model.predict(VALUES)
    fitted.lower()
    np.testing.assert_array_equal(fitted.model.predict(VALUES), before)
