"""A contract as MLflow's signature, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec

from headway.core.dtypes import DType
from headway.registry.port import PlainColumn

if TYPE_CHECKING:
    from headway.contract.model import Contract, Feature

_MATRIX_RANK = 2
_TYPES = {
    DType.FLOAT: DataType.double,
    DType.INTEGER: DataType.long,
    DType.BOOLEAN: DataType.boolean,
    DType.STRING: DataType.string,
    DType.DATETIME: DataType.datetime,
}
_NARROW_TYPES = {
    "float16": DataType.float,
    "float32": DataType.float,
    "int8": DataType.integer,
    "int16": DataType.integer,
    "int32": DataType.integer,
    "uint8": DataType.integer,
    "uint16": DataType.integer,
}
# MLflow's check of an input refuses these where the model takes them: a category, and an
# integer or a boolean column that can hold missing values
_REFUSED_STORAGES = ("category", "Int", "UInt", "boolean", "uint64")
# it makes every date-time one of nanoseconds, in no zone
_DATETIME_STORAGE = "datetime64[ns]"


def signature_of(contract: Contract) -> ModelSignature | None:
    """Return the signature of a contract, or `None` where MLflow's check would refuse good rows."""
    if contract.frame != "pandas":
        return None  # its check makes frames of pandas
    features = contract.features
    if contract.layout != "frame":
        return _of_arrays(contract)
    if not all(map(_is_taken, features)):
        return None
    return ModelSignature(inputs=Schema([_column(feature) for feature in features]))


def columns_of(signature: ModelSignature | None) -> tuple[list[PlainColumn] | None, bool]:
    """Return the inputs of a signature, and whether they are the columns of an array.

    `None` stands for inputs that are neither named columns nor one matrix of a known width.
    """
    if signature is None or signature.inputs is None:
        return None, False
    inputs = signature.inputs
    if inputs.is_tensor_spec():
        tensor = inputs.inputs[0]
        if len(inputs.inputs) > 1 or tensor.name or len(tensor.shape) != _MATRIX_RANK:
            return None, True
        names = map(str, range(tensor.shape[1]))
        return [PlainColumn(name, tensor.type.name, is_required=True) for name in names], True
    if not all(inputs.input_names()):
        return None, False
    return [
        PlainColumn(column.name, getattr(column.type, "name", "Any"), bool(column.required))
        for column in inputs.inputs
    ], False


def _of_arrays(contract: Contract) -> ModelSignature | None:
    """Return one tensor without a name, or several with theirs."""
    features = contract.features
    if contract.layout == "array":
        dtype = np.dtype(features[0].storage)
        if dtype.kind not in "fiub":
            return None
        return ModelSignature(inputs=Schema([TensorSpec(dtype, (-1, len(features)))]))
    kinds = [(np.dtype(f.element or f.storage), (-1, *f.shape), f.name) for f in features]
    if len(kinds) == 1:
        return ModelSignature(inputs=Schema([TensorSpec(*kinds[0][:2])]))
    return ModelSignature(inputs=Schema([TensorSpec(*kind) for kind in kinds]))


def _is_taken(feature: Feature) -> bool:
    if feature.dtype is DType.DATETIME:
        return feature.storage == _DATETIME_STORAGE
    return feature.dtype in _TYPES and not feature.storage.startswith(_REFUSED_STORAGES)


def _column(feature: Feature) -> ColSpec:
    type_ = _NARROW_TYPES.get(feature.storage, _TYPES[feature.dtype])
    return ColSpec(type_, feature.name, required=not feature.nullable)
