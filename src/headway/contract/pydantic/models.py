"""pydantic models of a contract: rows to validate in Python, requests and replies for OpenAPI.

Invariant: a row model accepts exactly the rows that `ColumnChecker` accepts.
"""

from __future__ import annotations

import functools
import keyword
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AllowInfNan,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    Strict,
    WithJsonSchema,
    create_model,
    model_validator,
)

from headway.contract.bounds import declared_limits, nearest_allowed, tightest_limits
from headway.contract.findings import worded
from headway.contract.request import takes_bare_rows
from headway.contract.row_rules import broken_words, compile_rules
from headway.contract.rules import enforced, value_rules
from headway.contract.schema import example_rows, feature_schema, rules_text
from headway.contract.text import is_valid_unicode
from headway.core.dtypes import INT64_MAX, INT64_MIN, DType, Method, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.contract.model import Contract, Feature, Output
    from headway.contract.rules import ValueRule

_CLOSED = ConfigDict(extra="forbid")


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
    examples: Any = example_rows(contract)
    config = ConfigDict(extra="forbid", json_schema_extra={"examples": examples})
    fields: dict[str, Any] = {
        attribute: (_value_type(feature), Field(alias=feature.name))
        for attribute, feature in zip(_attributes(contract), contract.features, strict=True)
    }
    validators: dict[str, Any] = {}
    if contract.rules:
        config["json_schema_extra"] = {"description": rules_text(contract), "examples": examples}
        validators["row_rules"] = model_validator(mode="after")(
            _rules_keeper(contract, list(fields))
        )
    return create_model(
        f"{_class_name(name)}Row", __config__=config, __validators__=validators, **fields
    )


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
    return _named_union(f"{prefix}Request", forms)


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


def _whole(value: Any) -> Any:
    """Return JSON's `5.0` as 5, and refuse what does not fit into 64 bits."""
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is int and not INT64_MIN <= value <= INT64_MAX:
        raise ValueError("an integer of more than 64 bits")
    return value


def _unicode(value: str) -> str:
    if not is_valid_unicode(value):
        raise ValueError("not valid Unicode")
    return value


_STRICT_TYPES: dict[DType, Any] = {
    DType.FLOAT: Annotated[float, Strict(), AllowInfNan(allow_inf_nan=False)],
    DType.INTEGER: Annotated[int, Strict(), BeforeValidator(_whole)],
    DType.BOOLEAN: Annotated[bool, Strict()],
    DType.STRING: Annotated[str, Strict(), AfterValidator(_unicode)],
}
