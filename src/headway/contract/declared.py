"""Reads what is declared about one feature, and holds it against the feature's type.

Invariant: what comes out of here fits the type of the feature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from headway.contract.bounds import LOWER_RULES, UPPER_RULES, value_of
from headway.contract.declarations import Constraint, OneOf, Range
from headway.contract.findings import worded
from headway.contract.model import Declaration, Policy
from headway.contract.patterns import refuse_ambiguous
from headway.contract.rules import matcher
from headway.contract.scalars import WRONG_TYPE
from headway.contract.tensors import single
from headway.contract.text import json_form, listed, quoted
from headway.contract.values import feature_reader, value_reader
from headway.core.dtypes import PLAIN_DTYPES, DType
from headway.core.names import nearest_name
from headway.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Feature, Scalar

POLICIES: tuple[str, ...] = get_args(Policy)
_MAX_PATTERN_CHARS = 1_000
_NUMBERS = frozenset({DType.FLOAT, DType.INTEGER, DType.DECIMAL})


def read_declaration(feature: Feature, part: Any) -> Declaration:
    """Return what one constraint, or one plain dict, declares about a feature.

    Raises:
        ContractError: An unknown key, or a value that the key or the feature's type does not take.
    """
    given = _keywords(feature, part)
    return Declaration(**{key: _READERS[key](feature, key, given[key]) for key in given})


def is_learned(part: Any) -> bool:
    """Whether a declaration takes its values from the training frame."""
    return part in (OneOf(), Range())


def _keywords(feature: Feature, part: Any) -> dict[str, Any]:
    if is_learned(part):
        part = _learned(feature, part)
    elif isinstance(part, Constraint):
        part = part.keys()
    elif not isinstance(part, Mapping):
        raise ContractError(
            f"`{feature.name}`: {quoted(part)} is no constraint",
            hint="give `Range`, `OneOf`, `NotNull`, ..., or a dict with " + listed(KEYS),
        )
    for key in part:
        if key not in _READERS:
            nearest = nearest_name(str(key), KEYS)
            raise ContractError(
                f"`{feature.name}`: unknown key {quoted(key)}",
                hint=f"did you mean `{nearest}`?" if nearest else f"keys: {listed(KEYS)}",
            )
    return {key: value for key, value in part.items() if value is not None}


def _learned(feature: Feature, part: Any) -> dict[str, Any]:
    observed = feature.observed
    if isinstance(part, OneOf):
        if not observed.categories:
            raise ContractError(
                f"`{feature.name}`: no categories were learned that `OneOf()` could declare",
                hint="list the values, `OneOf('a', 'b')`",
            )
        return {"one_of": observed.categories}
    if observed.minimum is None:
        raise ContractError(
            f"`{feature.name}`: no range was learned that `Range()` could declare",
            hint="give the bounds, `Range(0, 100)`",
        )
    return {"ge": observed.minimum, "le": observed.maximum}


def _limit(feature: Feature, key: str, value: Any) -> float | str:
    feature = single(feature)
    if feature.dtype not in PLAIN_DTYPES:
        return _written_limit(feature, key, value)
    if feature.dtype not in (DType.FLOAT, DType.INTEGER):
        raise ContractError(
            f"`{feature.name}`: `{key}` is for numbers, and this feature is a {feature.dtype}",
            hint="use `one_of` to allow some values only",
        )
    number = value_reader(DType.FLOAT)(value)
    if number is None or number is WRONG_TYPE or number != value:
        raise ContractError(
            f"`{feature.name}`: `{key}` is {quoted(value)}, not a finite number that a float64 holds"
        )
    limit: float = number
    return limit


def _written_limit(feature: Feature, key: str, value: Any) -> str:
    read = feature_reader(feature)(value)
    if read is None or read is WRONG_TYPE:
        # what is declared is no secret, whatever the values are
        words = worded(msgspec.structs.replace(feature, is_private=False), "type", value)
        raise ContractError(f"`{feature.name}`: `{key}`: {words.message}", hint=words.hint)
    text: str = json_form(read)
    return text


def _step(feature: Feature, key: str, value: Any) -> float | str:
    if single(feature).dtype not in _NUMBERS:
        raise ContractError(
            f"`{feature.name}`: `{key}` is for numbers, and this feature is a {feature.dtype}"
        )
    step = _limit(feature, key, value)
    if value_of(DType.DECIMAL, step) <= 0:
        raise ContractError(f"`{feature.name}`: `{key}` is {quoted(value)}; it must be above 0")
    return step


def _allowed_values(feature: Feature, key: str, values: Any) -> tuple[Scalar, ...]:
    feature = single(feature)
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise ContractError(f"`{feature.name}`: `{key}` is a list of at least one value")
    allowed = list(map(feature_reader(feature), values))
    wrong = [
        value
        for value, read in zip(values, allowed, strict=True)
        if read is None or read is WRONG_TYPE
    ]
    if wrong:
        raise ContractError(
            f"`{feature.name}`: `{key}` holds {listed(wrong)}, which a feature of type "
            f"{feature.dtype} never is",
            hint=f"it has to fit the training column, which was `{feature.storage}`",
        )
    if feature.dtype is DType.INTEGER:
        allowed = [int(value) for value in allowed]
    return tuple(map(json_form, dict.fromkeys(allowed)))


def _patterns(feature: Feature, key: str, value: Any) -> tuple[str, ...]:
    _require_string(feature, key)
    patterns: tuple[Any, ...] = tuple(value) if isinstance(value, list | tuple) else (value,)
    for pattern in patterns:
        if not isinstance(pattern, str) or len(pattern) > _MAX_PATTERN_CHARS:
            raise ContractError(
                f"`{feature.name}`: `{key}` is {quoted(pattern)}, not a pattern of at most "
                f"{_MAX_PATTERN_CHARS} characters"
            )
    try:
        for pattern in patterns:
            refuse_ambiguous(pattern)
        matcher(patterns)
    except ContractError as error:
        raise ContractError(
            f"`{feature.name}`: `{key}` {error.message}", hint=error.hint
        ) from error
    return patterns


def _length(feature: Feature, key: str, value: Any) -> int:
    _require_string(feature, key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ContractError(
            f"`{feature.name}`: `{key}` is {quoted(value)}, not a number of characters"
        )
    length: int = value
    return length


def _require_string(feature: Feature, key: str) -> None:
    if feature.dtype is not DType.STRING:
        raise ContractError(
            f"`{feature.name}`: `{key}` is for strings, and this feature is a {feature.dtype}",
            hint="use `one_of` to allow some values only",
        )


def _unique_items(feature: Feature, key: str, value: Any) -> bool:
    if feature.dtype is not DType.TENSOR:
        raise ContractError(
            f"`{feature.name}`: `{key}` is for vectors, and this feature is a {feature.dtype}"
        )
    return _true(feature, key, value)


def _true(feature: Feature, key: str, value: Any) -> bool:
    if value is not True:
        raise ContractError(
            f"`{feature.name}`: `{key}` is {quoted(value)}, and it can only be `true`",
            hint="leave it out where it is not wanted",
        )
    return True


def _policy(feature: Feature, key: str, value: Any) -> str:
    if value not in POLICIES:
        raise ContractError(
            f"`{feature.name}`: `{key}` is {quoted(value)}; it is one of {listed(POLICIES)}"
        )
    policy: str = value
    return policy


_READERS: dict[str, Callable[[Feature, str, Any], Any]] = {
    **dict.fromkeys((*LOWER_RULES, *UPPER_RULES), _limit),
    "one_of": _allowed_values,
    "multiple_of": _step,
    "regex": _patterns,
    "min_length": _length,
    "max_length": _length,
    "unique_items": _unique_items,
    "not_null": _true,
    "policy": _policy,
    "pii": _true,
}
KEYS = tuple(_READERS)
