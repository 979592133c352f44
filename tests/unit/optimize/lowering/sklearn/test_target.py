from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import TargetEncoder

from conformance.frames import credit, credit_target, three_bands, unseen
from unit.optimize.lowering.stepwise import lower_step, refusal

FRAME = credit(120)[["purpose", "rate", "status", "foreign", "age"]]
ASKED = unseen(credit(60, seed=8))[list(FRAME.columns)]
ASKED.loc[:4, "rate"] = [2.5, -1.0, 0.0, 1e300, np.nan]
NUMBERS = credit(120)["age"].to_numpy() / 7.0
TARGETS = {"binary": credit_target(credit(120)), "multiclass": three_bands(NUMBERS), "continuous": NUMBERS}  # fmt: skip


@pytest.mark.parametrize("smooth", ["auto", 5.0])
@pytest.mark.parametrize("kind", TARGETS)
def test_each_category_has_its_mean_and_unknown_ones_have_that_of_all(kind, smooth):
    step = TargetEncoder(smooth=smooth).fit(FRAME, TARGETS[kind])
    lowered = lower_step(step, FRAME)
    expected = step.transform(ASKED)
    np.testing.assert_array_equal(lowered.transform(ASKED), expected)
    np.testing.assert_array_equal(lowered.trace(ASKED), expected)
    assert len(lowered.columns) == (15 if kind == "multiclass" else 5)


def test_missing_is_a_category_where_it_was_fitted_and_unknown_elsewhere():
    step = TargetEncoder().fit(FRAME[["purpose", "foreign"]], NUMBERS)
    assert np.isnan(np.array(step.categories_[0][-1], dtype=float))
    frame = FRAME[["purpose", "foreign"]].assign(purpose=np.nan)[:3].astype({"purpose": "str"})
    lowered = lower_step(step, FRAME[["purpose", "foreign"]])
    np.testing.assert_array_equal(lowered.transform(frame), step.transform(frame))


def test_encodings_of_another_number_are_refused():
    step = TargetEncoder().fit(FRAME, NUMBERS)
    step.encodings_ = step.encodings_[:-1]
    assert "another number of encodings" in refusal(step, FRAME).message


def test_an_encoder_that_is_not_fitted_is_refused():
    assert "fitted attributes" in refusal(TargetEncoder(), FRAME).message
