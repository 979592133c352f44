from __future__ import annotations

import pytest

from conformance.cases.forests import CASES
from conformance.cases.table import assert_lowered


@pytest.mark.parametrize("name", CASES)
def test_the_model_is_lowered_and_passes_the_gate_on_rows_it_has_not_seen(name):
    assert_lowered(CASES[name])
