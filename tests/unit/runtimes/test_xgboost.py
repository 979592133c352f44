from __future__ import annotations

import numpy as np
import pandas as pd
import xgboost

from headway.runtimes.xgboost import booster_answers


def test_a_booster_answers_a_frame_of_categories_and_of_numbers() -> None:
    frame = pd.DataFrame({"kind": pd.Categorical(list("abab")), "size": [1.0, 2.0, 3.0, 4.0]})
    matrix = xgboost.DMatrix(frame, [0.0, 1.0, 0.0, 1.0], enable_categorical=True)
    booster = xgboost.train({"max_depth": 2, "nthread": 1, "min_child_weight": 0}, matrix, 20)
    np.testing.assert_allclose(booster_answers(booster, frame), [0, 1, 0, 1], atol=0.01)
