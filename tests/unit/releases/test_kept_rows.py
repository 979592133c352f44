from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from headway.contract.model import Contract, Feature, Output
from headway.core.dtypes import DType, Task
from headway.errors import BundleCorruptError, TrainingDataError
from headway.registry.port import VersionRecord
from headway.releases.calibration import CalibrationRows, calibration_path
from headway.releases.evaluation import EvaluationRows, evaluation_path
from headway.releases.kept_rows import KeptRows, attachment_paths
from registries import MemoryRegistry

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "ab" * 32
CONTRACT = Contract(
    (
        Feature("a", DType.FLOAT, nullable=True, storage="float64"),
        Feature("d", DType.DATE, nullable=False, storage="object"),
        Feature("m", DType.DECIMAL, nullable=False, storage="object"),
        Feature("t", DType.TENSOR, nullable=False, storage="object", shape=(2,), element="float32"),
    ),
    Output(Task.CLASSIFICATION, classes=("n", "y")),
)
DAY, MONEY = dt.date(2026, 11, 25), Decimal("1.50")
STORED = (1.5, DAY, MONEY, [0.5, 1.0])
PRIVATE = msgspec.structs.replace(
    CONTRACT,
    features=(
        *CONTRACT.features[:3],
        msgspec.structs.replace(CONTRACT.features[3], is_private=True),
    ),
)
EVALUATION = EvaluationRows(CONTRACT.names, (STORED, (None, *STORED[1:])), ("y", "n"), 2)  # type: ignore[arg-type]
CALIBRATION = CalibrationRows(CONTRACT.names, (STORED,), 1)  # type: ignore[arg-type]


def kept(folder: Path, **documents: bytes) -> tuple[KeptRows, Any]:
    registry = MemoryRegistry(folder / "registry")
    paths = {"evaluation": evaluation_path(DIGEST), "calibration": calibration_path(DIGEST)}
    attachments = {paths[name]: data for name, data in documents.items()}
    (folder / "bundle").mkdir()
    record = VersionRecord(digest=DIGEST, form="native", attachments=attachments)
    return KeptRows(registry), registry.register(folder / "bundle", "credit", record)


def test_rows_come_back_as_a_batch_holds_them(tmp_path: Path) -> None:
    rows, version = kept(tmp_path, evaluation=EVALUATION.to_json(), calibration=CALIBRATION.to_json())  # fmt: skip
    found = rows.evaluation(version, CONTRACT)
    assert list(found.batch.rows()) == [STORED, (None, *STORED[1:])]
    assert found.labels.tolist() == ["y", "n"]
    assert list(rows.calibration(version, CONTRACT).rows()) == [STORED]


def test_they_have_the_order_of_the_contract(tmp_path: Path) -> None:
    names = ("t", "m", "d", "a")
    turned = EvaluationRows(names, (STORED[::-1],), ("y",), 1)  # type: ignore[arg-type]
    rows, version = kept(tmp_path, evaluation=turned.to_json())
    assert list(rows.evaluation(version, CONTRACT).batch.rows()) == [STORED]


def test_where_there_are_none_it_says_which_file_to_give(tmp_path: Path) -> None:
    rows, version = kept(tmp_path)
    with pytest.raises(TrainingDataError, match="`credit:1` keeps no evaluation rows") as caught:
        rows.evaluation(version, CONTRACT)
    assert "`--evaluation FILE --target COLUMN`" in str(caught.value.hint)
    with pytest.raises(TrainingDataError, match=r"`credit:1` keeps no calibration rows$") as caught:
        rows.calibration(version, CONTRACT)
    assert "`--calibrate FILE`" in str(caught.value.hint)


def test_rows_without_private_features_measure_and_calibrate_nothing(tmp_path: Path) -> None:
    rows, version = kept(tmp_path, evaluation=EVALUATION.to_json())
    with pytest.raises(TrainingDataError, match="leave out what is private: `t`; made-up values"):
        rows.evaluation(version, PRIVATE)
    with pytest.raises(TrainingDataError, match="since it has private features"):
        rows.calibration(version, PRIVATE)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"{", "cannot be read"),
        (b'{"rows": []}', "cannot be read"),
        (EvaluationRows(("a",), ((1.0,),), ("y",), 1).to_json(), "other features"),
        (
            EvaluationRows(CONTRACT.names, ((1.0, "no day", "1", [0, 1]),), ("y",), 1).to_json(),
            "another type for `d`",
        ),
    ],
)
def test_a_document_that_is_none_is_refused(tmp_path: Path, document: bytes, said: str) -> None:
    rows, version = kept(tmp_path, evaluation=document)
    with pytest.raises(BundleCorruptError, match=said):
        rows.evaluation(version, CONTRACT)


def test_everything_beside_a_bundle_is_known() -> None:
    assert attachment_paths("ab") == ("evaluation/ab.json", "calibration/ab.json")
