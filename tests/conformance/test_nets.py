"""Real modules of PyTorch: the lowered form answers as the eager one, and refuses what it refuses."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

from headway.bundle import layout
from headway.contract.output import Answer
from headway.core.batch import FeatureBatch
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.errors import InputRefusedError
from headway.optimize.candidates import Form, find_form
from nets import (
    Branching,
    Embeddings,
    Encoder,
    Trained,
    digits,
    images,
    matrix,
    mlp,
    pairs,
    seeded,
    sentences,
    table,
    trained,
)

LABELS = Answer(classes=["a", "b", "c"], given_as="logits")
CASES: dict[str, Any] = {
    "a matrix": lambda: trained(mlp(), matrix(), LABELS),
    "embeddings": lambda: trained(seeded(Embeddings), table()),
    "images": lambda: trained(digits(), images(), Answer(classes=range(10), given_as="logits")),
    "a transformer": lambda: trained(seeded(Encoder), sentences()),
}
EAGER = lambda: trained(seeded(Branching), pairs())  # noqa: E731 - as those above


@functools.cache
def found(case: str) -> tuple[Trained, Form]:
    net = CASES[case]() if case in CASES else EAGER()
    form = find_form(net.module, net.native, net.contract, net.rows, clock=SystemClock())
    return net, form


@pytest.mark.parametrize("case", CASES)
def test_it_is_lowered_within_the_tolerance_of_float32(case: str) -> None:
    _, form = found(case)
    assert form.reason.startswith("lowered: the same answers on ")
    assert form.report is not None
    assert form.report.tolerance.rtol == form.report.tolerance.atol == 1e-6
    assert form.report.failure is None


@pytest.mark.parametrize("n_rows", [1, 8, 1_500])
@pytest.mark.parametrize("case", CASES)
def test_any_number_of_rows_is_answered_alike(case: str, n_rows: int) -> None:
    net, form = found(case)
    assert form.runtime is not None
    rows = net.rows.take(np.arange(n_rows) % net.rows.n_rows)
    for batch in (rows, FeatureBatch.from_rows(rows.names, rows.rows())):
        for method in net.contract.output.methods:
            eager, lowered = (r.predict(batch, method) for r in (net.native, form.runtime))
            if net.contract.output.classes:
                assert lowered.values.tolist() == eager.values.tolist()
            else:
                np.testing.assert_allclose(lowered.values, eager.values, 1e-6, 1e-6)
            if method is Method.PREDICT_PROBA:
                assert eager.probabilities is not None
                assert lowered.probabilities == pytest.approx(eager.probabilities, abs=1e-6)


OUTSIDE = [
    ("embeddings", ([0.0, 0.0], [5, 0])),
    ("embeddings", ([0.0, 0.0], [0, 7])),
    ("embeddings", ([0.0, 0.0], [-1, 0])),
    ("embeddings", ([0.0, 0.0], [0, 2**62])),
    ("a transformer", ([30, *[1] * 5], [1] * 6)),
    ("a transformer", ([-1, *[1] * 5], [1] * 6)),
]


@pytest.mark.parametrize(("case", "row"), OUTSIDE)
def test_an_index_outside_of_a_table_is_refused_in_both_forms(case: str, row: Any) -> None:
    net, form = found(case)
    assert form.runtime is not None
    batch = FeatureBatch.from_rows(net.contract.names, [row])
    for runtime in (net.native, form.runtime):
        with pytest.raises(InputRefusedError):
            runtime.predict(batch, Method.PREDICT)


def test_what_cannot_be_exported_stays_eager_and_says_why() -> None:
    net, form = found("branching")
    assert (form.lowered, form.runtime) == (None, None)
    assert form.reason.startswith(
        "native, because it has no lowered form: PyTorch does not export it"
    )
    assert "\n" not in form.reason
    for index in (5, -1):
        with pytest.raises(InputRefusedError):
            net.native.predict(FeatureBatch.from_rows(("x0", "x1"), [(0, index)]), Method.PREDICT)


@pytest.mark.parametrize("case", CASES)
def test_nothing_of_the_machine_that_trained_it_is_in_its_graph(case: str) -> None:
    _, form = found(case)
    assert form.lowered is not None
    files = form.lowered.files()
    assert set(files) == {layout.GRAPH, layout.BINDING}
    assert b"/" + __file__.encode().split(b"/")[1] not in files[layout.GRAPH]
    assert b"nets.py" not in files[layout.GRAPH]
