from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from headway.contract.scalars import python_scalar


@pytest.mark.parametrize(
    "value", [np.int8(5), np.uint64(2**64 - 1), np.float32(0.5), np.True_, np.str_("a")]
)
def test_numpys_scalars_become_pythons_own(value: Any) -> None:
    assert python_scalar(value) == value
    assert not isinstance(python_scalar(value), np.generic)


@pytest.mark.parametrize("value", [math.nan, np.float64("nan"), np.float16("nan")])
def test_nan_is_missing(value: Any) -> None:
    assert python_scalar(value) is None


def test_everything_else_stays_what_it_is() -> None:
    for value in (object(), np.datetime64(5, "ns"), np.array([1]), [1], None):
        assert python_scalar(value) is value
    assert python_scalar("nan") == "nan"
