"""pydantic models of a contract: rows to validate in Python, requests and replies for OpenAPI.

Invariant: a row model accepts exactly the rows that `ColumnChecker` accepts.
"""

from __future__ import annotations

import datetime as dt
import functools
import keyword
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AllowInfNan,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    Strict,
    ValidationError,
    WithJsonSchema,
    WrapValidator,
    create_model,
    model_validator,
)
from typing_extensions import override

from headway.contract.bounds import declared_limits, tightest_limits
from headway.contract.document import parse_document
from headway.contract.findings import worded
from headway.contract.nearest import nearest_allowed
from headway.contract.request import takes_bare_rows
from headway.contract.row_rules import broken_words, compile_rules
from headway.contract.rules import enforced, value_rules
from headway.contract.schema import example_rows, feature_schema, rules_text
from headway.contract.text import is_valid_unicode
from headway.contract.values import ValueChecker
from headway.contract.written import WrittenFloat
from headway.core.dtypes import INT64_MAX, INT64_MIN, PLAIN_DTYPES, DType, Method, Task
from headway.errors import MalformedInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.contract.model import Contract, Feature, Output
    from headway.contract.rules import ValueRule

_CLOSED = ConfigDict(extra="forbid")


class _ReadsExactly(BaseModel):
    """Reads JSON as a server does: no digit of a number and no second key of an object is lost."""

    @classmethod
    @override
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        body = json_data.encode() if isinstance(json_data, str) else bytes(json_data)
        try:
            document = parse_document(body, keeps_digits=True)
        except MalformedInputError as error:
            problem: Any = {
                "type": "json_invalid",
                "ctx": {"error": error.message},
                "input": json_data,
            }
            raise ValidationError.from_exception_data(
                cls.__name__, [problem], input_type="json"
            ) from error
        return cls.model_validate(document, **options)


class Probabilities(BaseModel):
    """Probabilities of one row, in the order of `classes`."""

    classes: list[bool | int | float | str]
    values: list[float]


class ManyProbabilities(BaseModel):
    """Probabilities of several rows, each in the order of `classes`."""

    classes: list[bool | int | float | str]
    values: list[list[float]]


class WarningDocument(BaseModel):
    """A value that breaks what is declared, and that the policy of its feature lets through."""

    row: int
    field: str
    rule: str
    message: str


class ReplyOrigin(BaseModel):
    """Which version answered, and the names under which the answer can be found again."""

    model: str
    version: str
    variant: str
    request_id: str


def row_model(contract: Contract, name: str) -> type[BaseModel]:
    """Return a model of one row given by name.

    A feature whose name is no Python attribute is called `field_<position>` in Python, and by its
    own name everywhere else.

    Args:
        contract: What a row has to keep.
        name: Name of the model, for the name of the class: `credit` makes `CreditRow`.
    """
    extra: dict[str, Any] = {"examples": example_rows(contract)}
    if contract.rules:
        extra = {"description": rules_text(contract), **extra}

    class Row(_ReadsExactly):
        model_config = ConfigDict(extra="forbid", json_schema_extra=extra)

    fields: dict[str, Any] = {
        attribute: (_value_type(feature), Field(alias=feature.name))
        for attribute, feature in zip(_attributes(contract), contract.features, strict=True)
    }
    validators: dict[str, Any] = {}
    if contract.rules:
        validators["row_rules"] = model_validator(mode="after")(
            _rules_keeper(contract, list(fields))
        )
    row: type[BaseModel] = create_model(
        f"{_class_name(name)}Row", __base__=Row, __validators__=validators, **fields
    )
    return row


def request_model(contract: Contract, name: str) -> type[RootModel[Any]]:
    """Return a model of the body of a predict request: the union of its forms."""
    prefix = _class_name(name)
    row: Any = row_model(contract, name)
    values = [_value_type(feature) for feature in contract.features]
    row_or_list = row | tuple.__class_getitem__(tuple(values))
    lists: dict[str, Any] = {
        attribute: (list.__class_getitem__(value), Field(alias=feature.name))
        for attribute, value, feature in zip(
            _attributes(contract), values, contract.features, strict=True
        )
    }
    columns = create_model(f"{prefix}Columns", __config__=_CLOSED, **lists)
    contents = {
        "features": row_or_list,
        "rows": Annotated[list.__class_getitem__(row_or_list), Field(min_length=1)],
        "columns": columns,
    }
    forms: Any = row if takes_bare_rows(contract) else None
    for wrapper, content in contents.items():
        body: dict[str, Any] = {wrapper: (content, ...)}
        form = create_model(f"{prefix}{wrapper.capitalize()}Request", __config__=_CLOSED, **body)
        forms = form if forms is None else forms | form
    bases: Any = (_ReadsExactly, RootModel[forms])
    return create_model(f"{prefix}Request", __base__=bases)  # type: ignore[no-any-return]


def reply_model(contract: Contract, name: str) -> type[RootModel[Any]]:
    """Return a model of the reply to a predict request: for one row, or for several."""
    prefix, output = _class_name(name), contract.output
    answer = _answer_type(output)
    score: Any = float if len(output.classes) <= 2 else list[float]  # noqa: PLR2004
    single: dict[str, Any] = {"prediction": (answer, ...), "prediction_id": (str, ...)}
    many: dict[str, Any] = {
        "prediction": (list.__class_getitem__(answer), ...),
        "prediction_ids": (list[str], ...),
    }
    if any(feature.policy != "refuse" for feature in contract.features):
        warnings: dict[str, Any] = {
            "warnings": (list[WarningDocument] | None, None),
            "warnings_total": (int | None, None),
        }
        single |= warnings
        many |= warnings
    if Method.PREDICT_PROBA in output.methods:
        single["probabilities"] = (Probabilities | None, None)
        many["probabilities"] = (ManyProbabilities | None, None)
    if Method.DECISION_FUNCTION in output.methods:
        single["scores"] = (score | None, None)
        many["scores"] = (list.__class_getitem__(score) | None, None)
    one = create_model(f"{prefix}Reply", __base__=ReplyOrigin, **single)
    several = create_model(f"{prefix}RowsReply", __base__=ReplyOrigin, **many)
    forms: Any = one
    return _named_union(f"{prefix}PredictReply", forms | several)


def _named_union(name: str, forms: Any) -> type[RootModel[Any]]:
    return create_model(name, __base__=RootModel[forms])


def _answer_type(output: Output) -> Any:
    answer: Any = {Task.REGRESSION: float}.get(output.task, Any)
    limits: dict[str, Any] = dict(declared_limits(output.rules.limits, DType.FLOAT))
    if limits:
        answer = Annotated[float, Field(**limits)]
    if output.rules.class_names:
        answer = Literal.__getitem__(output.rules.class_names)
    else:
        for kind in dict.fromkeys(map(type, output.classes)):
            answer = kind if answer is Any else answer | kind
    return list.__class_getitem__(answer) if output.n_outputs > 1 else answer


def _class_name(name: str) -> str:
    words = re.findall(r"[a-zA-Z0-9]+", name)
    return "".join(word[0].upper() + word[1:] for word in words) or "Model"


def _attributes(contract: Contract) -> list[str]:
    """Return the name of each feature in Python."""
    taken = set(contract.names)
    attributes = []
    for position, name in enumerate(contract.names):
        attribute = name
        if not _is_free_attribute(name):
            attribute = f"field_{position}"
            while attribute in taken:
                attribute += "_"
        taken.add(attribute)
        attributes.append(attribute)
    return attributes


def _is_free_attribute(name: str) -> bool:
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.startswith(("_", "model_"))
        and not hasattr(BaseModel, name)
    )


def _value_type(feature: Feature) -> Any:
    if feature.dtype not in PLAIN_DTYPES:
        return _read_type(feature)
    strict = enforced(feature)
    limits: dict[str, Any] = dict(tightest_limits(strict))
    value: Any = _STRICT_TYPES[feature.dtype]
    if limits:
        value = Annotated[value, Field(**limits)]
    rules = [rule for rule in value_rules(strict) if rule.name not in limits]
    if feature.policy == "clip":
        value = Annotated[value, AfterValidator(functools.partial(nearest_allowed, feature))]
    if rules:
        value = Annotated[value, AfterValidator(_keeper(feature, rules))]
    if feature.accepts_null:
        value = value | None
    return Annotated[value, WithJsonSchema(feature_schema(feature))]


def _read_type(feature: Feature) -> Any:
    """Return the Python type of a feature that is read as the column checker reads it."""
    check = ValueChecker(feature).check

    def read(value: Any, _handler: Any) -> Any:
        canonical, broken = check(value)
        if broken:
            raise ValueError(worded(feature, broken[0], canonical).message)
        return canonical

    value: Any = _READ_TYPES[feature.dtype]
    if feature.accepts_null:
        value = value | None
    return Annotated[value, WrapValidator(read), WithJsonSchema(feature_schema(feature))]


def _keeper(feature: Feature, rules: Sequence[ValueRule]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        for rule in rules:
            if not rule.allows(value):
                raise ValueError(worded(feature, rule.name, value).message)
        return value

    return check


def _rules_keeper(contract: Contract, attributes: Sequence[str]) -> Callable[[Any], Any]:
    rules = compile_rules(contract)

    def check(row: Any) -> Any:
        values = [getattr(row, attribute) for attribute in attributes]
        broken = [broken_words(contract, rule, values) for rule in rules if rule.breaks(values)]
        if broken:
            raise ValueError("; ".join(broken))
        return row

    return check


def _plain_float(value: Any) -> Any:
    return float(value) if isinstance(value, WrittenFloat) else value


def _whole(value: Any) -> Any:
    """Return JSON's `5.0` as 5, and refuse what does not fit into 64 bits."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int and not INT64_MIN <= value <= INT64_MAX:
        raise ValueError("an integer of more than 64 bits")
    return value


def _unicode(value: str) -> str:
    if not is_valid_unicode(value):
        raise ValueError("not valid Unicode")
    return value


_STRICT_TYPES: dict[DType, Any] = {
    DType.FLOAT: Annotated[
        float, Strict(), AllowInfNan(allow_inf_nan=False), BeforeValidator(_plain_float)
    ],
    DType.INTEGER: Annotated[int, Strict(), BeforeValidator(_whole)],
    DType.BOOLEAN: Annotated[bool, Strict()],
    DType.STRING: Annotated[str, Strict(), AfterValidator(_unicode)],
}
_READ_TYPES: dict[DType, Any] = {
    DType.DECIMAL: Decimal,
    DType.DATE: dt.date,
    DType.DATETIME: dt.datetime,
    DType.TIME: dt.time,
    DType.TENSOR: list,
}
