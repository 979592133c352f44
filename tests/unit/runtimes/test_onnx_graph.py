from __future__ import annotations

import numpy as np
import pytest

from headway.contract.model import Contract, Feature, Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType, Method, Task
from headway.errors import InputRefusedError, RuntimeLoadError
from headway.runtimes.onnx_graph import OnnxGraphRuntime, bind_graph, outputs_of
from onnx_files import adding, lookup

NUMBERS = Output(Task.OTHER, given_as="numbers")
MATRIX = Contract(
    tuple(Feature(name, DType.FLOAT, False, "float32") for name in "ab"), NUMBERS, layout="array"
)
INDEX = Contract((Feature("k", DType.INTEGER, False, "int64"),), NUMBERS, layout="tensors")


def runtime(graph, contract):
    return OnnxGraphRuntime(graph, bind_graph(graph, contract), contract)


@pytest.mark.parametrize("n_rows", [1, 3, 2_500])
def test_it_answers_any_number_of_rows(n_rows):
    batch = FeatureBatch.from_columns(("a", "b"), [np.arange(n_rows) * 1.0, np.ones(n_rows)])
    answer = runtime(adding(), MATRIX).predict(batch, Method.PREDICT)
    np.testing.assert_array_equal(answer.values, np.arange(n_rows) + 1)
    assert answer.values.dtype == np.float32


def test_an_index_out_of_range_is_the_clients_and_prints_nothing(capfd):
    served = runtime(lookup(), INDEX)
    assert served.predict(FeatureBatch.from_rows(("k",), [(1,)]), Method.PREDICT).n_rows == 1
    with pytest.raises(InputRefusedError):
        served.predict(FeatureBatch.from_rows(("k",), [(9,)]), Method.PREDICT)
    assert capfd.readouterr() == ("", "")


def test_a_graph_of_other_inputs_is_refused():
    binding = bind_graph(adding(), MATRIX)
    with pytest.raises(RuntimeLoadError, match="differ in"):
        OnnxGraphRuntime(lookup(), binding, MATRIX)
    with pytest.raises(RuntimeLoadError, match="shape"):
        bind_graph(adding(3), MATRIX)


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        ([("y", "tensor(float)", 2)], ("y", "")),
        ([("l", "tensor(int64)", 1), ("p", "tensor(float)", 2)], ("p", "l")),
        ([("p", "tensor(double)", 2), ("l", "tensor(string)", 1)], ("p", "l")),
    ],
)
def test_the_answers_are_found_among_the_outputs(outputs, found):
    assert outputs_of(outputs) == found


@pytest.mark.parametrize(
    ("outputs", "hint"),
    [
        ([("l", "tensor(int64)", 1), ("p", "seq(map(int64,tensor(float)))", 0)], "zipmap"),
        ([("a", "tensor(float)", 2), ("b", "tensor(float)", 2)], "keep one output"),
        ([("a", "optional(tensor(float))", 1)], "keep one output"),
    ],
)
def test_other_outputs_are_refused_with_a_hint(outputs, hint):
    with pytest.raises(RuntimeLoadError) as caught:
        outputs_of(outputs)
    assert hint in (caught.value.hint or "")
