from __future__ import annotations

import pytest

from conformance.cases.boosters import TWO, VALUES, categorical, levels
from headway.errors import LoweringError
from headway.optimize.lowering.xgboost.document import read_document

LINEAR = b"""{"learner": {"gradient_booster": {"name": "gblinear"}, "objective": {"name": "x"},
"learner_model_param": {"base_score": "1", "num_feature": "1"}}}"""


def test_the_document_is_read():
    model = levels(n_estimators=2).fit(VALUES, TWO)
    learner, read = read_document(bytes(model.get_booster().save_raw("json")))
    assert learner.objective.name == "binary:logistic"
    assert (len(read.trees), read.tree_info, read.iteration_indptr) == (2, [0, 0], [0, 1, 2])


def test_categories_are_read_by_name():
    frame, target = categorical()
    model = levels(n_estimators=1, enable_categorical=True).fit(frame, target)
    _, read = read_document(bytes(model.get_booster().save_raw("json")))
    assert read.cats.enc[2].names() == tuple(frame["purpose"].cat.categories)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not what is known of it"),
        (b"{}", "is not what is known of it"),
        (LINEAR, "`gblinear` is not covered"),
    ],
)
def test_any_other_document_is_refused(data, message):
    with pytest.raises(LoweringError, match=message):
        read_document(data)
