from __future__ import annotations

import numpy as np

from crafted import ROW, crafted_contract, crafted_runtime
from headway.core.batch import FeatureBatch
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.core.prediction import Prediction
from headway.serving.cache.keys import RowKeys
from headway.serving.cache.lookup import lookup_of

CONTRACT = crafted_contract()
KEYS = RowKeys("digest", CONTRACT.output)
BATCH = FeatureBatch.from_rows(CONTRACT.names, [tuple(ROW.values())])


def test_what_is_measured_finds_the_answer() -> None:
    answer = crafted_runtime().predict(BATCH, Method.PREDICT)
    look_up = lookup_of(KEYS, BATCH, Method.PREDICT, answer, SystemClock())
    assert look_up is not None
    found = look_up()
    assert isinstance(found, Prediction)
    assert found.values.tolist() == answer.values.tolist()


def test_what_cannot_be_kept_cannot_be_looked_up() -> None:
    for values in ([float("nan")], [1.0, 2.0]):
        answer = Prediction(np.array(values))
        assert lookup_of(KEYS, BATCH, Method.PREDICT, answer, SystemClock()) is None
