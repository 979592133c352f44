from __future__ import annotations

import numpy as np
import pytest

from headway.contract.model import Contract, Feature, Output
from headway.core.batch import FeatureBatch
from headway.core.dictionary import DictionaryColumn
from headway.core.dtypes import DType, Task
from headway.errors import RuntimeLoadError
from headway.runtimes.binding import Binding, BoundInput, Feeder, bound_inputs

OUTPUT = Output(Task.OTHER, given_as="numbers")


def feature(name, storage="float32", shape=()):
    dtype = DType.TENSOR if shape else DType.FLOAT if storage[0] == "f" else DType.INTEGER
    return Feature(name, dtype, False, "object" if shape else storage, shape=shape, element=storage if shape else "")  # fmt: skip


MATRIX = Contract((feature("a"), feature("b")), OUTPUT, layout="array")
TENSORS = Contract((feature("n", shape=(2,)), feature("k", "int64")), OUTPUT, layout="tensors")


def test_an_array_is_one_matrix_and_tensors_are_their_own():
    assert bound_inputs(MATRIX) == (BoundInput("features", ("a", "b"), "float32", (2,)),)
    assert bound_inputs(TENSORS) == (
        BoundInput("n", ("n",), "float32", (2,)),
        BoundInput("k", ("k",), "int64", ()),
    )


@pytest.mark.parametrize(
    "batch",
    [
        FeatureBatch.from_rows(("a", "b"), [(1, 2.5), (None, 4)]),
        FeatureBatch.from_columns(("a", "b"), [[1, None], np.array([2.5, 4.0])]),
        FeatureBatch.from_columns(
            ("a", "b"), [[1, None], DictionaryColumn(np.array([0, 1]), [2.5, 4.0])]
        ),
    ],
)
def test_a_matrix_is_fed_from_rows_and_columns(batch):
    (matrix,) = Feeder(bound_inputs(MATRIX), MATRIX.names).feed(batch).values()
    assert matrix.dtype == np.float32
    np.testing.assert_array_equal(matrix, [[1, 2.5], [np.nan, 4]])


@pytest.mark.parametrize("by_row", [True, False])
def test_tensors_are_fed_in_their_own_types(by_row):
    rows = [([1.0, 2.0], 2**60 + 1), ([3.0, 4.0], 5)]
    batch = FeatureBatch.from_rows(TENSORS.names, rows)
    if not by_row:
        batch = FeatureBatch.from_columns(TENSORS.names, batch.columns())
    fed = Feeder(bound_inputs(TENSORS), TENSORS.names).feed(batch)
    assert [(name, a.dtype.name, a.shape) for name, a in fed.items()] == [
        ("n", "float32", (2, 2)),
        ("k", "int64", (2,)),
    ]
    assert fed["k"].tolist() == [2**60 + 1, 5]


def test_a_binding_survives_its_file():
    binding = Binding(bound_inputs(TENSORS), "out", "label")
    assert Binding.from_json(binding.to_json()) == binding


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"inputs": []}', b'{"inputs": [], "values": 1}'])
def test_another_document_is_refused(data):
    with pytest.raises(RuntimeLoadError, match="binding"):
        Binding.from_json(data)


def test_a_feature_that_is_not_there_is_refused():
    with pytest.raises(RuntimeLoadError, match="no feature"):
        Feeder(bound_inputs(TENSORS), ("n",))


@pytest.mark.parametrize("element", ["S2000000000", "O", "nonsense", ""])
def test_an_element_that_no_net_has_is_refused(element):
    with pytest.raises(ValueError, match="no type of elements"):
        BoundInput("x", ("x",), element, (1,))
