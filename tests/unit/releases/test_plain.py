from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from headway.bundle.bundle import read_bundle
from headway.contract.model import Output
from headway.core.dtypes import DType, Method, Task
from headway.errors import ContractError, TrainingDataError
from headway.registry.port import PlainColumn, PlainModel
from headway.releases.plain import (
    PlainOrigin,
    aligned,
    bundle_from_plain,
    signature_contract,
)

if TYPE_CHECKING:
    from pathlib import Path

OUTPUT = Output(Task.CLASSIFICATION, (Method.PREDICT,), ("bad", "good"))
ORIGIN = PlainOrigin(name="credit", label="", created_at="2026-11-23T08:00:00+00:00")


def plain(*columns: tuple[str, str, bool], example: Any = None, **more: Any) -> PlainModel:
    return PlainModel(
        flavor="sklearn",
        native_path="model.pkl",
        columns=[PlainColumn(name, type_, is_required=r) for name, type_, r in columns],
        example=example,
        **more,
    )


@pytest.mark.parametrize(
    ("type_", "is_required", "dtype", "storage"),
    [
        ("double", True, DType.FLOAT, "float64"),
        ("double", False, DType.FLOAT, "float64"),
        ("float", True, DType.FLOAT, "float32"),
        ("long", True, DType.INTEGER, "int64"),
        ("long", False, DType.INTEGER, "Int64"),
        ("integer", True, DType.INTEGER, "int32"),
        ("integer", False, DType.INTEGER, "Int32"),
        ("boolean", True, DType.BOOLEAN, "bool"),
        ("boolean", False, DType.BOOLEAN, "boolean"),
        ("string", True, DType.STRING, "object"),
        ("string", False, DType.STRING, "object"),
    ],
)
def test_a_type_of_the_signature_is_a_type_of_ours(
    type_: str, is_required: bool, dtype: DType, storage: str
) -> None:
    contract = signature_contract(plain(("a", type_, is_required)), OUTPUT)
    feature = contract.features[0]
    assert (feature.dtype, feature.storage, feature.nullable) == (dtype, storage, not is_required)
    assert contract.output == OUTPUT
    assert contract.layout == "frame"


@pytest.mark.parametrize(
    ("type_", "dtype"),
    [
        ("float64", DType.FLOAT),
        ("float32", DType.FLOAT),
        ("int64", DType.INTEGER),
        ("uint8", DType.INTEGER),
        ("bool", DType.BOOLEAN),
    ],
)
def test_an_array_has_columns_by_position(type_: str, dtype: DType) -> None:
    model = plain(("0", type_, True), ("1", type_, True), is_array=True)
    contract = signature_contract(model, OUTPUT)
    assert contract.layout == "array"
    assert contract.names == ("x0", "x1")
    assert {feature.dtype for feature in contract.features} == {dtype}


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (PlainModel(flavor="pyfunc", native_path=".", columns=None), "no usable signature"),
        (plain(("v", "Any", True), ("x", "binary", True)), r"`v` \(Any\), `x` \(b"),
        (plain(("0", "str", True), is_array=True), "array of `str`"),
    ],
)
def test_a_signature_that_tells_no_contract_points_to_adopt(
    model: PlainModel, message: str
) -> None:
    with pytest.raises(ContractError, match=message) as caught:
        signature_contract(model, OUTPUT)
    assert "headway adopt" in str(caught.value.hint)


def test_examples_are_the_first_values_that_are_not_missing() -> None:
    example = pd.DataFrame(
        {"a": [None, 2.5], "n": [3, 4], "s": [None, "x"], "b": [True, False], "none": [None, None]}
    )
    columns = [("a", "double", False), ("n", "long", True), ("s", "string", False), ("b", "boolean", True), ("none", "double", False)]  # fmt: skip
    contract = signature_contract(plain(*columns, example=example), OUTPUT)
    examples = [feature.example for feature in contract.features]
    assert examples == [2.5, 3, "x", True, None]
    assert [type(value) for value in examples] == [float, int, str, bool, type(None)]


def test_an_example_of_another_type_is_not_shown() -> None:
    model = plain(("n", "long", True), example=pd.DataFrame({"n": ["three"]}))
    assert signature_contract(model, OUTPUT).features[0].example is None


def test_a_bundle_is_made_around_the_folder_and_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"pickle")
    bundle = bundle_from_plain(tmp_path, plain(("a", "double", True)), OUTPUT, ORIGIN)
    assert read_bundle(tmp_path) == bundle
    assert bundle.manifest.execution.form == "native"
    assert bundle.manifest.name == "credit"
    assert {"golden", "profile", "evaluation"} <= set(bundle.manifest.absent)
    assert bundle.golden_rows() is None


def test_one_version_is_one_bundle(tmp_path: Path) -> None:
    digests = set()
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "model.pkl").write_bytes(b"pickle")
        model = plain(("a", "double", True))
        digests.add(bundle_from_plain(folder, model, OUTPUT, ORIGIN).digest)
    assert len(digests) == 1


SIGNED = plain(("a", "double", True), ("n", "long", True), ("s", "string", True))


@pytest.mark.parametrize("convert", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_frame_gets_the_columns_order_and_types_of_the_signature(convert: Any) -> None:
    data = convert({"label": [0, 1], "s": ["x", "y"], "n": [3, 4], "a": [1, 2]})
    frame, notes = aligned(data, SIGNED)
    assert list(frame.columns) == ["a", "n", "s"]
    assert str(frame["a"].dtype) == "float64"
    assert str(frame["n"].dtype) == "int64"
    assert notes == ("left out `label`: the signature has none",)


def test_a_frame_that_fits_is_left_as_it_is() -> None:
    data = pd.DataFrame({"a": [1.5, None], "n": [3, 4], "s": ["x", "y"]})
    frame, notes = aligned(data, SIGNED)
    pd.testing.assert_frame_equal(frame, data)
    assert notes == ()


def test_a_missing_column_is_named_with_the_nearest() -> None:
    data = pd.DataFrame({"a": [1.5], "n": [3], "S": ["x"], "ss": ["y"]})
    with pytest.raises(TrainingDataError, match="the data lack `s`"):
        aligned(data, SIGNED)
    with pytest.raises(TrainingDataError) as caught:
        aligned(pd.DataFrame({"amout": [1]}), plain(("amount", "double", True)))
    assert caught.value.hint == "is `amout` the column `amount`?"


def test_text_in_the_place_of_a_number_is_refused() -> None:
    data = pd.DataFrame({"a": ["1.5"], "n": [3], "s": ["x"]})
    with pytest.raises(
        TrainingDataError, match=r"column `a` is `str` and the signature .*`double`"
    ):
        aligned(data, SIGNED)


@pytest.mark.parametrize(
    ("data", "model"),
    [
        (np.zeros((2, 2)), SIGNED),
        (pd.DataFrame({"z": [1]}), PlainModel(flavor="pyfunc", native_path=".", columns=None)),
        (pd.DataFrame({"z": [1]}), plain(("0", "float64", True), is_array=True)),
    ],
)
def test_data_without_names_to_compare_pass(data: Any, model: PlainModel) -> None:
    assert aligned(data, model) == (data, ())
