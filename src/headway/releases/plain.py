"""Models that plain MLflow registered: a contract from their signature, and a bundle around them.

What a signature does not tell is said to be absent, never invented.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

import msgspec

from headway.bundle import layout
from headway.bundle.bundle import Bundle, BundleDescription, write_bundle
from headway.bundle.manifest import Execution
from headway.contract.frame import library_of
from headway.contract.model import Contract, Feature
from headway.contract.scalars import WRONG_TYPE
from headway.contract.text import json_form
from headway.contract.values import feature_reader
from headway.core.dtypes import PLAIN_DTYPES, DType
from headway.core.names import nearest_name
from headway.errors import ContractError, TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from headway.contract.model import JsonValue, Output, Scalar
    from headway.registry.port import PlainColumn, PlainModel

ADOPT_HINT = "make a release of it with `headway adopt`, from a sample of its training rows"
_ABSENT = {
    "golden": "registered by plain MLflow",
    "profile": "registered by plain MLflow",
    "evaluation": "registered by plain MLflow",
    "lock": "registered by plain MLflow",
    "ranges": "the signature tells types only",
}
# By MLflow's name of a type: ours, and the dtype of a column of the training frame
_TYPES: Mapping[str, tuple[DType, str]] = {
    "double": (DType.FLOAT, "float64"),
    "float": (DType.FLOAT, "float32"),
    "long": (DType.INTEGER, "int64"),
    "integer": (DType.INTEGER, "int32"),
    "boolean": (DType.BOOLEAN, "bool"),
    "string": (DType.STRING, "object"),
    "datetime": (DType.DATETIME, "datetime64[ns]"),
}
_PYTHON_TYPES: Mapping[DType, type] = {
    DType.FLOAT: float,
    DType.INTEGER: int,
    DType.BOOLEAN: bool,
    DType.STRING: str,
}
# A column of these that had missing values was one of pandas' own
_NULLABLE_STORAGES = {"int64": "Int64", "int32": "Int32", "bool": "boolean"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlainOrigin:
    """Where a plain model came from.

    Attributes:
        name: Name of the registered model.
        label: Label of the version, or empty.
        created_at: ISO 8601, UTC. The registry's own, so that one version is one bundle.
    """

    name: str
    label: str
    created_at: str


def signature_contract(description: PlainModel, output: Output) -> Contract:
    """Return the contract that a signature tells.

    Raises:
        ContractError: There is no signature, or it has types that no request can send.
    """
    if description.columns is None:
        raise ContractError("the model has no usable signature", hint=ADOPT_HINT)
    if description.is_array:
        return _array_contract(description.columns, output)
    unusable = [f"`{c.name}` ({c.type})" for c in description.columns if c.type not in _TYPES]
    if unusable:
        raise ContractError(
            f"the signature has types that no request can send: {', '.join(unusable)}",
            hint=ADOPT_HINT,
        )
    examples = _examples(description)
    return Contract(
        features=tuple(_feature(column, examples) for column in description.columns),
        output=output,
    )


def bundle_from_plain(
    folder: Path, description: PlainModel, output: Output, origin: PlainOrigin
) -> Bundle:
    """Write a bundle around a plain model, in its own folder.

    Raises:
        ContractError: As `signature_contract`.
    """
    contract = signature_contract(description, output)
    files = {layout.CONTRACT: msgspec.json.format(msgspec.json.encode(contract), indent=1)}
    execution = Execution(
        form="native",
        flavor=description.flavor,
        native_path=description.native_path,
        reason="native, because plain MLflow registered it, without rows to prove another form with",
        code_path=description.code_path or "",
    )
    about = BundleDescription(
        name=origin.name,
        label=origin.label,
        created_at=origin.created_at,
        execution=execution,
        libraries={},
        absent=_ABSENT,
    )
    return write_bundle(folder, files, about)


def _array_contract(columns: Sequence[PlainColumn], output: Output) -> Contract:
    storage = columns[0].type if columns else ""
    kinds = {"f": DType.FLOAT, "i": DType.INTEGER, "u": DType.INTEGER, "b": DType.BOOLEAN}
    dtype = kinds.get(storage[:1])
    if dtype is None:
        raise ContractError(
            f"the signature is an array of `{storage}`, which no request can send", hint=ADOPT_HINT
        )
    features = tuple(
        Feature(name=f"x{i}", dtype=dtype, nullable=False, storage=storage)
        for i in range(len(columns))
    )
    return Contract(features=features, output=output, layout="array")


def _feature(column: PlainColumn, examples: Mapping[str, Any]) -> Feature:
    dtype, storage = _TYPES[column.type]
    if not column.is_required:
        storage = _NULLABLE_STORAGES.get(storage, storage)
    feature = Feature(
        name=column.name, dtype=dtype, nullable=not column.is_required, storage=storage
    )
    example = _example(feature, examples.get(column.name))
    return msgspec.structs.replace(feature, example=example)


def _examples(description: PlainModel) -> dict[str, Any]:
    """Return the first value of each column of the input example that is not missing."""
    if getattr(description.example, "columns", None) is None:
        return {}
    present = {name: values.dropna() for name, values in description.example.items()}
    return {str(name): values.iloc[0] for name, values in present.items() if len(values)}


def _example(feature: Feature, value: Any) -> JsonValue | None:
    if feature.dtype in PLAIN_DTYPES:
        return _scalar(value, feature.dtype)
    read = feature_reader(feature)(value)
    return None if read is WRONG_TYPE else cast("JsonValue | None", json_form(read))


def _scalar(value: Any, dtype: DType) -> Scalar | None:
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, bool) is not (dtype is DType.BOOLEAN):
        return None
    return cast("Scalar", value) if isinstance(value, _PYTHON_TYPES[dtype]) else None


def aligned(data: Any, description: PlainModel) -> tuple[Any, tuple[str, ...]]:
    """Return a frame with the columns of a signature, in its order and types.

    A file of rows does not tell `5` of a float column from an integer, and often holds the label
    too.

    Args:
        data: A frame, which becomes one of pandas; anything else is returned as it is.
        description: Of the model.

    Returns:
        The frame, and a note for each thing that was left out.

    Raises:
        TrainingDataError: A column is missing, or is text where the signature has a number.
    """
    columns = description.columns
    if library_of(data) in {"polars", "pyarrow"} and not description.is_array:
        data = data.to_pandas()  # what MLflow gives a model that has named columns
    if columns is None or description.is_array or library_of(data) is None:
        return data, ()
    given = [str(name) for name in data.columns]
    missing = [column.name for column in columns if column.name not in given]
    if missing:
        nearest = nearest_name(missing[0], given)
        raise TrainingDataError(
            f"the data lack {', '.join(f'`{name}`' for name in missing)} of the model's signature",
            hint=f"is `{nearest}` the column `{missing[0]}`?" if nearest else None,
        )
    names = [column.name for column in columns]
    extra = [name for name in given if name not in names]
    frame = data[names]
    try:
        frame = frame.astype({c.name: _storage(c, frame[c.name]) for c in columns})
    except ValueError as error:  # text that is no date-time
        raise TrainingDataError(f"a column is not what the signature says: {error}") from error
    notes = (f"left out {', '.join(f'`{n}`' for n in extra)}: the signature has none",)
    return frame, notes if extra else ()


def _storage(column: PlainColumn, values: Any) -> str:
    """Return the dtype that a column of the data has to have for the model."""
    kind, given = getattr(values.dtype, "kind", "O"), str(values.dtype)
    wanted = _TYPES.get(column.type)
    if wanted is None:
        return given
    is_number = wanted[0] in (DType.FLOAT, DType.INTEGER)
    if is_number and kind not in "fiub":
        raise TrainingDataError(
            f"the column `{column.name}` is `{given}` and the signature says `{column.type}`"
        )
    is_text = wanted[0] is DType.DATETIME and kind != "M"
    if is_text or (wanted[0] is DType.FLOAT and kind in "iu"):
        return wanted[1]
    return given
