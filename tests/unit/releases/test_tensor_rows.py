from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from headway.contract.named_arrays import NamedArrays
from headway.errors import TrainingDataError
from headway.releases.net_inputs import NetInput
from headway.releases.rows import labelled_rows
from headway.releases.tensor_rows import few_arrays, net_rows, plain_data
from nets import mlp


class Takes:
    def __init__(self, *inputs):
        self.inputs = inputs


ONE = Takes(NetInput("x", float_element="float32"))
TWO = Takes(NetInput("a", float_element="float32"), NetInput("b", element="int64", shape=(2,)))


def rows(net, data):
    return net_rows(net, labelled_rows(data, None)).data


def test_a_matrix_stays_one_in_the_type_of_the_net():
    assert rows(ONE, np.zeros((4, 3))).dtype == np.float32
    assert rows(ONE, np.zeros((4, 3), dtype=np.int32)).dtype == np.int32
    frame = pd.DataFrame({"u": [1.0, 2.0], "v": [3, 4]})
    assert rows(ONE, frame).tolist() == [[1.0, 3.0], [2.0, 4.0]]


def test_images_are_one_tensor_and_a_mapping_several():
    assert rows(ONE, np.zeros((4, 1, 8, 8))).arrays["x"].shape == (4, 1, 8, 8)
    given = NamedArrays({"a": np.zeros(3), "b": np.zeros((3, 2), dtype=np.int32)})
    taken = rows(TWO, given)
    assert {n: a.dtype.name for n, a in taken.arrays.items()} == {"a": "float32", "b": "int64"}


def test_cells_of_a_frame_become_tensors():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [[1, 2], [3, 4]]})
    assert rows(TWO, frame).arrays["b"].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("net", "data", "message"),
    [
        (TWO, np.zeros((3, 2)), "X is one array"),
        (TWO, NamedArrays({"a": np.zeros(3), "c": np.zeros(3)}), "X lacks `b`; X has besides `c`"),
        (TWO, NamedArrays({"a": np.zeros(3), "b": np.zeros((3, 4), int)}), "the model takes"),
        (TWO, NamedArrays({"a": np.zeros(3), "b": np.zeros((3, 2))}), "takes `int64`"),
        (ONE, np.zeros((3, 2), dtype=bool), "tensors of numbers are needed"),
        (ONE, pd.DataFrame({"u": ["a", "b"]}), "X has columns of something else"),
        (ONE, np.array([["a", "b"]]), "tensors of numbers are needed"),
        (ONE, pd.DataFrame({"u": [[1], [1, 2]]}), "no tensors of one shape"),
    ],
)
def test_other_rows_are_refused(net, data, message):
    with pytest.raises(TrainingDataError, match=message):
        rows(net, data)


def test_tensors_of_pytorch_are_arrays():
    module = mlp()
    assert isinstance(plain_data(module, torch.zeros(2, 4)), np.ndarray)
    assert isinstance(plain_data(module, {"x": torch.zeros(2, 4)}), NamedArrays)
    assert plain_data(object(), [1]) == [1]


def test_a_few_rows_are_given_by_name():
    given = labelled_rows(np.zeros((9, 2), np.float32), None)
    assert few_arrays(ONE, given)["x"].shape == (3, 2)
