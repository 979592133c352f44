from __future__ import annotations

import numpy as np
import pytest

from conformance.cases import encoding
from conformance.cases.estimators import CASES
from headway.core.batch import FeatureBatch
from headway.optimize.probe_rows import MAX_REAL_ROWS, REAL, THRESHOLD, probe_rows


@pytest.fixture(scope="module")
def boosted():
    model = CASES["native_categories_by_name_of_strings"]()
    return model, model.lower()


def test_real_rows_come_first_and_thresholds_last(boosted):
    model, form = boosted
    kinds = [probe.kind for probe in probe_rows(model.contract, form, model.rows)]
    assert (kinds[0], kinds[-1]) == (REAL, THRESHOLD)
    assert {"missing", "unknown category", "empty string", "infinite", "all missing"} <= set(kinds)
    assert len(set(kinds)) == len(kinds)


def test_the_same_model_and_rows_give_the_same_probes(boosted):
    model, form = boosted
    first, again = (probe_rows(model.contract, form, model.rows) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        indices = range(min(one.rows.n_rows, 20))
        assert one.rows.take(indices).rows() == other.rows.take(indices).rows()


def test_real_rows_are_kept_as_they_are_up_to_a_limit(boosted):
    model, form = boosted
    real = probe_rows(model.contract, form, model.rows)[0].rows
    assert real.n_rows == model.rows.n_rows
    many = model.rows.take(np.arange(MAX_REAL_ROWS + 50) % model.rows.n_rows)
    assert probe_rows(model.contract, form, many)[0].rows.n_rows == MAX_REAL_ROWS


def test_rows_that_are_refused_are_no_ground_for_others():
    model = encoding.CASES["strict_one_hot_of_strings"]()
    form = model.lower()
    words = {
        value
        for probe in probe_rows(model.contract, form, model.rows)
        if probe.kind in {"missing", "zero", "extreme"}
        for row in probe.rows.take(range(probe.rows.n_rows)).rows()
        for value in row
    }
    assert "never seen" in {value for row in model.rows.rows() for value in row}
    assert "never seen" not in words


def test_a_model_without_trees_has_no_thresholds():
    model = CASES["ridge"]()
    kinds = {probe.kind for probe in probe_rows(model.contract, model.lower(), model.rows)}
    assert THRESHOLD not in kinds


def test_probes_are_made_from_rows_of_either_view(boosted):
    model, form = boosted
    by_row = FeatureBatch.from_rows(model.rows.names, model.rows.rows())
    assert [p.rows.n_rows for p in probe_rows(model.contract, form, by_row)] == [
        p.rows.n_rows for p in probe_rows(model.contract, form, model.rows)
    ]
