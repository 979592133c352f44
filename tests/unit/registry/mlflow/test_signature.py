from __future__ import annotations

import numpy as np
import pytest
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec

from headway.contract.model import Contract, Feature, Output
from headway.core.dtypes import DType, Task
from headway.registry.mlflow.signature import columns_of, signature_of
from headway.registry.port import PlainColumn

OUTPUT = Output(Task.OTHER)


def contract(*features: Feature, layout: str = "frame") -> Contract:
    return Contract(features, OUTPUT, layout=layout)


def feature(storage: str, dtype: DType, *, nullable: bool = False) -> Feature:
    return Feature("a", dtype, nullable=nullable, storage=storage)


@pytest.mark.parametrize(
    ("storage", "dtype", "type_"),
    [
        ("float64", DType.FLOAT, "double"),
        ("float32", DType.FLOAT, "float"),
        ("Float64", DType.FLOAT, "double"),
        ("int64", DType.INTEGER, "long"),
        ("int32", DType.INTEGER, "integer"),
        ("uint8", DType.INTEGER, "integer"),
        ("uint32", DType.INTEGER, "long"),
        ("bool", DType.BOOLEAN, "boolean"),
        ("object", DType.STRING, "string"),
        ("object", DType.FLOAT, "double"),
        ("str", DType.STRING, "string"),
        ("string", DType.STRING, "string"),
    ],
)
def test_a_column_has_the_type_of_the_training_frame(
    storage: str, dtype: DType, type_: str
) -> None:
    columns, is_array = columns_of(signature_of(contract(feature(storage, dtype))))
    assert columns == [PlainColumn("a", type_, is_required=True)]
    assert not is_array


def test_a_column_that_had_missing_values_is_optional() -> None:
    columns, _ = columns_of(signature_of(contract(feature("float64", DType.FLOAT, nullable=True))))
    assert columns == [PlainColumn("a", "double", is_required=False)]


@pytest.mark.parametrize(
    ("storage", "dtype"),
    [
        ("category", DType.STRING),
        ("Int64", DType.INTEGER),
        ("UInt8", DType.INTEGER),
        ("boolean", DType.BOOLEAN),
        ("uint64", DType.INTEGER),
    ],
)
def test_what_mlflow_would_refuse_to_take_has_no_signature(storage: str, dtype: DType) -> None:
    good = Feature("b", DType.FLOAT, nullable=False, storage="float64")
    assert signature_of(contract(good, feature(storage, dtype))) is None


@pytest.mark.parametrize("storage", ["float64", "float32", "int64", "bool"])
def test_an_array_is_a_matrix_of_any_number_of_rows(storage: str) -> None:
    features = [Feature(f"x{i}", DType.FLOAT, nullable=False, storage=storage) for i in range(3)]
    columns, is_array = columns_of(signature_of(contract(*features, layout="array")))
    assert is_array
    assert columns == [PlainColumn(str(i), storage, is_required=True) for i in range(3)]


def test_an_array_of_objects_has_no_signature() -> None:
    features = contract(feature("object", DType.STRING), layout="array")
    assert signature_of(features) is None


@pytest.mark.parametrize(
    "signature",
    [
        None,
        ModelSignature(outputs=Schema([ColSpec(DataType.long)])),
        ModelSignature(inputs=Schema([ColSpec(DataType.double), ColSpec(DataType.double)])),
        ModelSignature(inputs=Schema([TensorSpec(np.dtype("float64"), (-1, 2, 2))])),
        ModelSignature(inputs=Schema([TensorSpec(np.dtype("float64"), (-1, 2), name="image")])),
    ],
)
def test_other_signatures_name_no_columns(signature: ModelSignature | None) -> None:
    assert columns_of(signature)[0] is None


def test_only_date_times_of_nanoseconds_are_what_mlflow_makes_of_them() -> None:
    columns, _ = columns_of(signature_of(contract(feature("datetime64[ns]", DType.DATETIME))))
    assert columns == [PlainColumn("a", "datetime", is_required=True)]
    for storage in ("datetime64[us]", "datetime64[ns, UTC]", "object"):
        assert signature_of(contract(feature(storage, DType.DATETIME))) is None


@pytest.mark.parametrize("dtype", [DType.DECIMAL, DType.DATE, DType.TIME, DType.TENSOR])
def test_a_type_that_mlflow_has_not_leaves_no_signature(dtype: DType) -> None:
    assert signature_of(contract(feature("object", dtype))) is None


def test_a_model_of_other_frames_has_no_signature() -> None:
    """MLflow's check would make a frame of pandas of what comes in."""
    number = feature("float64", DType.FLOAT)
    assert signature_of(Contract((number,), OUTPUT)) is not None
    assert signature_of(Contract((number,), OUTPUT, frame="polars")) is None


def test_a_series_has_no_signature():
    assert signature_of(contract(feature("object", DType.STRING), layout="series")) is None
