from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from crafted import crafted_contract, crafted_golden
from headway.bundle.golden import GoldenRows
from headway.contract.model import Contract, Feature
from headway.contract.reader import BodyReader
from headway.contract.values import ValueChecker
from headway.core.clock import SystemClock
from headway.core.dtypes import DType, Method
from headway.core.prediction import Prediction
from headway.serving.plan import Limits
from headway.serving.warmup import MAX_ROWS, warm_up, warm_up_rows
from unit.contract.strategies import VARIANTS, feature

if TYPE_CHECKING:
    from headway.core.batch import FeatureBatch
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


def golden_of(release: LoadedRelease, *rows: tuple[Any, ...]) -> GoldenRows:
    return GoldenRows(release.contract.names, rows, {})


def test_the_cost_grows_with_the_body(release: LoadedRelease) -> None:
    measured = warm_up(release, crafted_golden(release.contract), SystemClock())
    assert measured is not None
    for cost in (measured.answering, measured.reading):
        assert cost.base_s >= 0
        assert cost.byte_s > 0
        assert cost.of(100) < cost.of(100_000)
    assert measured.row_s > 0
    assert measured.batch_s > 0
    assert (measured.n_rows, measured.differs) == (64, "")


def test_rows_that_are_refused_are_left_out(release: LoadedRelease) -> None:
    refused = (7, 1.0, "car", 0, 0)
    fine = (30, 1.0, "car", 0, 0)
    assert warm_up(release, golden_of(release, refused), SystemClock()) is None
    assert warm_up(release, golden_of(release, refused, fine), SystemClock()) is not None


def test_a_model_of_single_rows_has_a_cost_too(release: LoadedRelease) -> None:
    single = dataclasses.replace(
        release, limits=Limits(max_rows=1), reader=BodyReader(release.contract, 1)
    )
    measured = warm_up(single, crafted_golden(release.contract), SystemClock())
    assert measured is not None
    assert measured.answering.byte_s > 0
    assert measured.n_rows == 1


def test_a_model_that_breaks_its_output_contract_is_still_warmed_up(release: LoadedRelease) -> None:
    # the crafted model answers NaN as a probability where `fault` is 2, and its label all the same
    golden = golden_of(release, (30, 1.0, "car", 2, 0))
    assert warm_up(release, golden, SystemClock()) is not None


class Centring:
    """A model that takes the mean of the batch away from each row."""

    form = "native"
    flavor = "sklearn"

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        ages = np.array([row[0] for row in batch.rows()], dtype=float)
        return Prediction(np.where(ages > ages.mean(), "good", "bad"))


def test_a_model_that_looks_at_the_other_rows_is_found_out(release: LoadedRelease) -> None:
    replace = msgspec.structs.replace
    output = replace(release.contract.output, methods=(Method.PREDICT,))
    contract = replace(release.contract, output=output)
    odd = dataclasses.replace(release, runtime=Centring(), form="native", contract=contract)
    golden = crafted_golden(release.contract)
    measured = warm_up(odd, golden, SystemClock())
    assert measured is not None
    assert "in a batch otherwise than alone (`predict`)" in measured.differs
    one_row = GoldenRows(golden.names, golden.rows[:1], {})
    unknown = warm_up(odd, one_row, SystemClock())
    assert unknown is not None
    assert "no two known rows" in unknown.differs


def test_a_lowered_model_was_compared_when_it_was_registered(release: LoadedRelease) -> None:
    one = golden_of(release, (30, 1.0, "car", 0, 0))
    exact = warm_up(release, one, SystemClock())
    lossy = warm_up(dataclasses.replace(release, lossy="int8"), one, SystemClock())
    assert exact is not None
    assert lossy is not None
    assert (exact.differs == "", lossy.differs == "") == (True, False)
