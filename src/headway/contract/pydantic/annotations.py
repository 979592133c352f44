"""What the annotation of a pydantic field says in words that a contract has, and whether that is all.

Invariant: `is_complete` is true only where pydantic would accept no value that the words refuse, and
refuse none that they allow; anything unknown makes it false.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import math
import types
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, GroupedMetadata, Gt, Le, Lt, MaxLen, MinLen, MultipleOf
from pydantic import AllowInfNan, Strict
from pydantic.fields import FieldInfo

from headway.contract.scalars import WRONG_TYPE
from headway.contract.values import feature_reader
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from headway.contract.model import Feature

# The values of a plain type, by the types of features whose values it takes as they are
_SCALARS: dict[Any, frozenset[str]] = {
    int: frozenset({"integer", "float"}),
    float: frozenset({"float", "integer"}),
    bool: frozenset({"boolean"}),
    str: frozenset({"string"}),
    decimal.Decimal: frozenset({"decimal", "integer", "float"}),
    dt.date: frozenset({"date"}),
    dt.datetime: frozenset({"datetime"}),
    dt.time: frozenset({"time"}),
}
# It takes these as they are, but may give others back
_CONVERTING = frozenset({(decimal.Decimal, "integer"), (decimal.Decimal, "float")})
_LIMITS: dict[type, str] = {Ge: "ge", Gt: "gt", Le: "le", Lt: "lt"}


@dataclasses.dataclass(slots=True)
class Declared:
    """What one field declares about one feature.

    Attributes:
        constraints: In the form of `headway.contract.constraints.declare`.
        takes_null: Whether `None` is among the values.
        is_complete: Whether nothing else is declared.
        is_opaque: Whether something may change a value before the constraints are asked about it.
        misfit: What the field expects, where no value of the feature is of its type; else `None`.
    """

    constraints: dict[str, Any] = dataclasses.field(default_factory=dict)
    takes_null: bool = False
    is_complete: bool = True
    is_opaque: bool = False
    misfit: str | None = None


def declared_by(annotation: Any, metadata: Iterable[Any], feature: Feature) -> Declared:
    """Return what an annotation and its metadata declare about a feature."""
    declared = Declared()
    _read_annotation(annotation, feature, declared)
    _read_metadata(metadata, feature, declared)
    if declared.is_opaque:
        declared.is_complete = False
        declared.constraints.clear()
    elif feature.nullable and not declared.takes_null:
        declared.constraints["not_null"] = True
    return declared


def _read_annotation(annotation: Any, feature: Feature, declared: Declared) -> None:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        _read_annotation(arguments[0], feature, declared)
        _read_metadata(arguments[1:], feature, declared)
    elif origin in {Union, types.UnionType} and type(None) in arguments:
        declared.takes_null = True
        others = [argument for argument in arguments if argument is not type(None)]
        if len(others) == 1:
            _read_annotation(others[0], feature, declared)
        else:
            declared.is_complete = False
    elif origin is Literal:
        _read_choices(arguments, feature, declared)
    elif isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        _read_choices([member.value for member in annotation], feature, declared)
        if "_missing_" in vars(annotation):
            declared.is_opaque = True  # it takes more than its members
    else:
        _read_type(annotation, feature, declared)


def _read_choices(choices: Iterable[Any], feature: Feature, declared: Declared) -> None:
    values = [value for value in choices if value is not None]
    declared.takes_null = declared.takes_null or len(values) < len(tuple(choices))
    read = list(map(feature_reader(feature), values))
    if any(value is None or value is WRONG_TYPE for value in read):
        declared.is_complete = False  # some of them no request can hold
        return
    declared.constraints["one_of"] = values
    if feature.dtype is DType.BOOLEAN or any(isinstance(value, bool) for value in values):
        declared.is_complete = False  # Python takes 1 for True


def _read_type(annotation: Any, feature: Feature, declared: Declared) -> None:
    if annotation is Any or annotation is object:
        declared.takes_null = True
        return
    if annotation not in _SCALARS:
        declared.is_complete = False
        return
    if feature.dtype.value not in _SCALARS[annotation]:
        declared.misfit = annotation.__name__
        return
    if annotation is int and feature.dtype is DType.FLOAT:
        declared.constraints["multiple_of"] = 1
    if (annotation, feature.dtype.value) in _CONVERTING:
        declared.is_complete = False


def _read_metadata(metadata: Iterable[Any], feature: Feature, declared: Declared) -> None:
    for part in metadata:
        if isinstance(part, FieldInfo):
            _read_metadata(part.metadata, feature, declared)
        elif isinstance(part, GroupedMetadata) and type(part).__module__ == "annotated_types":
            _read_metadata(part, feature, declared)
        elif part is not None:
            _read_part(part, feature, declared)


def _read_part(part: Any, feature: Feature, declared: Declared) -> None:
    kind, is_text = type(part), feature.dtype is DType.STRING
    if kind in _LIMITS and not is_text:
        limit = getattr(part, _LIMITS[kind])
        if _is_usable(limit, feature):
            _tighten(declared, _LIMITS[kind], limit)
        else:
            declared.is_complete = False
    elif kind is MinLen and is_text:
        _tighten(declared, "min_length", part.min_length)
    elif kind is MaxLen and is_text:
        _tighten(declared, "max_length", part.max_length)
    elif kind is MultipleOf and feature.dtype is DType.INTEGER:
        _tighten(declared, "multiple_of", part.multiple_of)
    elif _is_pattern(part) or kind is MultipleOf:
        # patterns are of another language, and a remainder of floats is hardly ever zero
        declared.is_complete = False
    elif not (isinstance(part, AllowInfNan | Strict)):
        declared.is_opaque = True


def _is_usable(limit: Any, feature: Feature) -> bool:
    """Whether a contract can hold a limit: pydantic takes any integer, and any object that compares."""
    if feature.dtype not in (DType.INTEGER, DType.FLOAT):
        read = feature_reader(feature)(limit)
        return read is not None and read is not WRONG_TYPE
    try:
        return math.isfinite(limit)
    except (OverflowError, TypeError, ValueError):
        return False


def _is_pattern(part: Any) -> bool:
    return vars(part).keys() == {"pattern"} if hasattr(part, "__dict__") else False


def _tighten(declared: Declared, rule: str, value: Any) -> None:
    """Add a rule; a second one of the same name is left to pydantic."""
    if rule in declared.constraints:
        declared.is_complete = False
    else:
        declared.constraints[rule] = value
