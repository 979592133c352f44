"""How columns are chosen, and what only arranges other steps."""

from __future__ import annotations

import numpy as np
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from conformance.cases.models import boosting, dense_one_hot, logistic, on_credit, side_by_side
from conformance.cases.table import Cases
from conformance.frames import (
    credit,
    credit_target,
    unseen,
)
from conformance.trained import Trained, trained

CASES = Cases()


@CASES.case
def columns_by_position_slice_and_mask() -> Trained:
    mask = np.array([False] * 6 + [True, False])
    columns = ColumnTransformer(
        [
            ("positions", SimpleImputer(), [1, 0]),
            ("slice", "passthrough", slice(2, 4)),
            ("labels", dense_one_hot(), slice("purpose", "status")),
            ("mask", dense_one_hot(), mask),
        ],
        remainder="passthrough",
    )
    return on_credit(columns, boosting())


@CASES.case
def columns_by_callable_dropped_and_none() -> Trained:
    columns = ColumnTransformer(
        [
            ("numbers", SimpleImputer(), make_column_selector(dtype_include=np.number)),
            ("dropped", "drop", ["foreign"]),
            ("none", StandardScaler(), []),
            ("strings", OneHotEncoder(handle_unknown="ignore"), make_column_selector("p|h")),
        ],
        remainder=OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
    )  # fmt: skip
    return on_credit(columns, logistic())


@CASES.case
def nested_column_transformers() -> Trained:
    inner = ColumnTransformer([("impute", SimpleImputer(), ["duration"])], remainder="passthrough")
    outer = make_pipeline(
        side_by_side(make_pipeline(inner, StandardScaler()), dense_one_hot()),
        ColumnTransformer([("some", "passthrough", slice(0, 9))]),
    )
    return on_credit(outer, boosting())


@CASES.case
def frames_passed_from_step_to_step() -> Trained:
    columns = side_by_side(SimpleImputer(), dense_one_hot()).set_output(transform="pandas")
    scaled = ColumnTransformer(
        [("scale", StandardScaler(), ["numbers__age"])], remainder="passthrough"
    )
    return on_credit(make_pipeline(columns, scaled), boosting())


@CASES.case
def steps_that_do_nothing() -> Trained:
    model = Pipeline(
        [
            ("identity", FunctionTransformer()),
            ("nothing", None),
            ("passed", "passthrough"),
            ("columns", side_by_side(SimpleImputer(), dense_one_hot())),
            ("inner", Pipeline([("scale", StandardScaler()), ("estimator", logistic())])),
        ]
    )
    frame = credit()
    return trained(model, frame, credit_target(frame), unseen(credit(300, seed=8)))
