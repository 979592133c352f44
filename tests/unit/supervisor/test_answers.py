from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from crafted import ROW, write_crafted_bundle
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method
from headway.errors import BundleCorruptError, PredictionError
from headway.runtimes.loader import load_runtime
from headway.supervisor.answers import served
from small_nets import EMBEDDER, net_rows, write_net_bundle

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


def test_replies_are_what_the_runtimes_answer(tmp_path: Path) -> None:
    net = write_net_bundle(tmp_path / "net", EMBEDDER)
    credit = write_crafted_bundle(tmp_path / "credit")
    names = credit.contract.names
    values = [{**ROW, "amount": None if i % 7 == 0 else i * 10.0} for i in range(150)]
    batch = FeatureBatch.from_rows(names, [tuple(row[name] for name in names) for row in values])
    with served([net, credit], trust_code=False) as (embeds, decides):
        vectors = embeds.predict(net_rows(5), Method.PREDICT)
        found = decides.predict(batch, Method.PREDICT_PROBA)
        scored = decides.predict(batch.take([0]), Method.DECISION_FUNCTION)
        with pytest.raises(PredictionError):
            decides.predict(FeatureBatch.from_rows(names, [tuple({**ROW, "fault": 1}.values())]), Method.PREDICT)  # fmt: skip
    exact = load_runtime(net, trust_code=False).predict(net_rows(5), Method.PREDICT)
    assert vectors.values.shape == (5, 16)
    assert np.allclose(vectors.values, exact.values, rtol=1e-6)
    assert vectors.probabilities is None
    known = load_runtime(credit, trust_code=False).predict(batch, Method.PREDICT_PROBA)
    assert found.values.tolist() == known.values.tolist()
    assert found.probabilities is not None
    assert np.array_equal(found.probabilities, known.probabilities)
    assert scored.scores is not None
    assert scored.scores.shape == (1,)
    assert (decides.form, decides.flavor) == ("lowered", "http")


def test_what_cannot_be_served_is_told_in_its_own_words(tmp_path: Path) -> None:
    bundle = write_net_bundle(tmp_path / "net")
    (bundle.path / "headway" / "compiled" / "graph.onnx").write_bytes(b"")
    with pytest.raises(BundleCorruptError), served([bundle], trust_code=False):
        pass
