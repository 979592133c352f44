from __future__ import annotations

import numpy as np
import pytest

from headway.contract.pandas import is_text
from headway.releases.pandas import as_series


@pytest.mark.parametrize("texts", [["a", "b"], np.array(["a", "b"]), np.array(["a", "b"], object)])
def test_texts_become_a_series(texts):
    series = as_series(texts)
    assert is_text(series)
    assert [type(text) for text in series] == [str, str]


@pytest.mark.parametrize("data", [[], [1], ["a", None], [["a"]], np.ones(3), np.array([["a"]])])
def test_anything_else_is_left_as_it_is(data):
    assert as_series(data) is data
