from __future__ import annotations

import numpy as np
import pytest

from headway.contract.named_arrays import NamedArrays
from headway.errors import TrainingDataError


def test_rows_are_taken_of_every_array():
    arrays = NamedArrays({"a": np.arange(4), "b": np.arange(8).reshape(4, 2)})
    assert (len(arrays), arrays.shape) == (4, (4, 2))
    assert arrays[1:3].arrays["b"].tolist() == [[2, 3], [4, 5]]
    assert arrays[np.array([3, 0])].arrays["a"].tolist() == [3, 0]
    assert len(NamedArrays({})) == 0


def test_arrays_of_other_lengths_are_refused():
    with pytest.raises(TrainingDataError, match="`a` 2, `b` 3"):
        NamedArrays({"a": np.zeros(2), "b": np.zeros((3, 2))})
