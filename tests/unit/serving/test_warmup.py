from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from crafted import crafted_contract, crafted_golden
from headway.contract.model import Contract, Feature
from headway.contract.reader import BodyReader
from headway.contract.values import ValueChecker
from headway.core.clock import SystemClock
from headway.core.dtypes import DType
from headway.serving.plan import Limits
from headway.serving.warmup import MAX_ROWS, warm_up, warm_up_rows
from unit.contract.strategies import VARIANTS, feature

if TYPE_CHECKING:
    from headway.serving.app import ServingApp
    from headway.serving.release import LoadedRelease


@pytest.fixture
def release(app: ServingApp) -> LoadedRelease:
    return app.releases.service.release("credit")


def test_golden_rows_are_what_a_model_is_warmed_up_with() -> None:
    contract = crafted_contract()
    golden = crafted_golden(contract)
    assert warm_up_rows(contract, golden) == list(golden.rows)[:MAX_ROWS]


def test_without_golden_rows_the_contract_gives_an_example() -> None:
    features = (
        Feature("seen", DType.FLOAT, nullable=False, storage="float64", example=4.5),
        Feature("never", DType.STRING, nullable=True, storage="str"),
        Feature("text", DType.STRING, nullable=False, storage="str"),
        Feature("flag", DType.BOOLEAN, nullable=False, storage="bool"),
    )
    contract = Contract(features=features, output=crafted_contract().output)
    assert warm_up_rows(contract, None) == [[4.5, None, "", False]]


@pytest.mark.parametrize("dtype", DType)
def test_a_type_without_an_example_has_a_value_that_it_accepts(dtype: DType) -> None:
    for fields in VARIANTS[dtype]:
        contract = Contract(
            features=(feature("a", dtype, fields=fields),), output=crafted_contract().output
        )
        (row,) = warm_up_rows(contract, None)
        assert ValueChecker(contract.features[0]).check(row[0])[1] == ()


def test_golden_rows_of_other_features_are_not_used() -> None:
    contract = crafted_contract()
    renamed = crafted_contract(features=contract.features[::-1])
    assert len(warm_up_rows(renamed, crafted_golden(contract))) == 1


def test_the_cost_grows_with_the_body(release: LoadedRelease) -> None:
    rows = warm_up_rows(release.contract, crafted_golden(release.contract))
    cost = warm_up(release, rows, SystemClock())
    assert cost is not None
    assert cost.base_s >= 0
    assert cost.byte_s > 0
    assert cost.of(100) < cost.of(100_000)


def test_rows_that_are_refused_are_left_out(release: LoadedRelease) -> None:
    refused = [7, 1.0, "car", 0, 0]
    fine = [30, 1.0, "car", 0, 0]
    assert warm_up(release, [refused], SystemClock()) is None
    assert warm_up(release, [refused, fine], SystemClock()) is not None


def test_a_model_of_single_rows_has_a_cost_too(release: LoadedRelease) -> None:
    single = dataclasses.replace(
        release, limits=Limits(max_rows=1), reader=BodyReader(release.contract, 1)
    )
    cost = warm_up(single, [[30, 1.0, "car", 0, 0]], SystemClock())
    assert cost is not None
    assert cost.byte_s > 0


def test_a_model_that_breaks_its_output_contract_is_still_warmed_up(release: LoadedRelease) -> None:
    # the crafted model answers NaN as a probability where `fault` is 2, and its label all the same
    assert warm_up(release, [[30, 1.0, "car", 2, 0]], SystemClock()) is not None
