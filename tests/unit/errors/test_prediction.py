from __future__ import annotations

import pytest

from headway.errors import (
    InputRefusedError,
    MethodNotSupportedError,
    OutputContractError,
    PredictionError,
)


def test_whoever_catches_a_failed_prediction_catches_its_kinds() -> None:
    for kind in (InputRefusedError, OutputContractError):
        with pytest.raises(PredictionError):
            raise kind("x")
    assert not issubclass(MethodNotSupportedError, PredictionError)  # the request is wrong there
