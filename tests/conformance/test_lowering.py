from __future__ import annotations

import pytest

from conformance.cases import CASES


@pytest.mark.parametrize("name", CASES)
def test_the_model_is_lowered_and_passes_the_gate_on_rows_it_has_not_seen(name):
    model = CASES[name]()
    report = model.check(model.lower())
    assert report.passed, report.reason
    assert all(kind.compared == kind.planned for kind in report.rows.values())
    assert report.max_abs_difference is not None
