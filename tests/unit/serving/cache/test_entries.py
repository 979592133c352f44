from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from headway.core.prediction import Prediction
from headway.serving.cache.entries import is_entry, pack, unpack

FINITE = {"allow_nan": False, "allow_infinity": False}


def labels(n_rows: int) -> st.SearchStrategy[Any]:
    texts = st.lists(st.text(st.characters(codec="utf-8")), min_size=n_rows, max_size=n_rows)
    dtypes = st.sampled_from(["int64", "uint8", "bool", "float64", "float32"])
    plain = dtypes.flatmap(
        lambda d: hnp.arrays(d, n_rows, elements=hnp.from_dtype(np.dtype(d), **FINITE))
    )
    objects = st.one_of(
        st.lists(kind, min_size=n_rows, max_size=n_rows)
        for kind in (st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(**FINITE))
    )
    return st.one_of(plain, (texts | objects).map(lambda v: np.array(v, dtype=object)))


@st.composite
def predictions(draw: st.DrawFn) -> Prediction:
    n_rows = draw(st.integers(1, 4))
    numbers = hnp.arrays("float64", (n_rows, 3), elements=st.floats(**FINITE))
    return Prediction(
        draw(labels(n_rows) | numbers), draw(st.none() | numbers), draw(st.none() | numbers)
    )


def plain(prediction: Prediction) -> Any:
    parts = (prediction.values, prediction.probabilities, prediction.scores)
    return repr([None if part is None else np.asarray(part).tolist() for part in parts])


@settings(max_examples=25, deadline=None)
@given(predictions())
def test_what_comes_out_is_what_went_in(prediction: Prediction) -> None:
    entries = pack(prediction)
    if entries is None:
        # the one thing that numpy does not keep
        assert "\\x00'" in plain(prediction)
        return
    assert plain(unpack(entries)) == plain(prediction)
    assert all(map(is_entry, entries))


@settings(max_examples=20, deadline=None)
@given(predictions(), predictions())
def test_rows_of_several_calls_come_together(one: Prediction, other: Prediction) -> None:
    entries = [*(pack(one) or ()), *(pack(other) or ())]
    shapes = {(p.values.shape[1:], p.probabilities is None, p.scores is None) for p in (one, other)}
    if entries and len(shapes) == 1:
        together = unpack(entries)
        alone = [unpack([entry]).values.tolist()[0] for entry in entries]
        assert repr(together.values.tolist()) == repr(alone)


@pytest.mark.parametrize(
    "values",
    [
        [1.0, float("nan")],
        [1.0, float("inf")],
        np.array([1, "a"], dtype=object),
        np.array([None, None]),
        np.array([2**70, 1], dtype=object),
        np.array(["a", "a\0"], dtype=object),
        np.array(["2026-01-01"], dtype="datetime64[D]"),
        [],
    ],
)
def test_what_has_no_form_is_not_kept(values: Any) -> None:
    assert pack(Prediction(np.asarray(values))) is None


def test_an_answer_whose_parts_do_not_fit_is_not_kept() -> None:
    assert pack(Prediction(np.array([1, 2]), np.zeros((3, 2)))) is None


@given(st.binary(max_size=60))
def test_other_bytes_are_no_entry(data: bytes) -> None:
    assert not is_entry(data)


@settings(max_examples=20, deadline=None)
@given(predictions(), st.data())
def test_a_part_of_an_entry_is_none(prediction: Prediction, data: st.DataObject) -> None:
    for entry in pack(prediction) or ():
        if len(entry) - entry[0] - 1:
            assert not is_entry(entry[: data.draw(st.integers(0, len(entry) - 1))])


@pytest.mark.parametrize(
    "parts",
    [
        [["values", "|O", []]],
        [["values", "|V8", []]],
        [["scores", "<f8", []]],
        [["values", "<f8", []], ["values", "<f8", []]],
        [["values", "<f8", [2**40, 2**40]]],
        [["values", "<f8", [-1]]],
        [["values", "nonsense", []]],
        [["code", "<f8", []]],
        "text",
        [],
    ],
)
def test_a_layout_that_no_answer_has_is_none(parts: Any) -> None:
    text = msgspec.msgpack.encode(parts)
    assert not is_entry(bytes([len(text)]) + text + bytes(8))
