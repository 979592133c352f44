"""A contract for people and for other programs: JSON Schema 2020-12, and the rows of a table.

Invariant: this is the one place that spells a feature as JSON Schema; the pydantic models take it
from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headway.contract.bounds import declared_limits, tightest_limits
from headway.contract.decimals import MAX_DIGITS
from headway.contract.decimals import PATTERN as DECIMAL_PATTERN
from headway.contract.patterns import is_portable
from headway.contract.post import step_text
from headway.contract.row_rules import compile_rules
from headway.contract.rules import enforced
from headway.contract.temporal import pattern
from headway.contract.tensors import element_feature
from headway.contract.text import listed, literal, quoted
from headway.contract.values import ValueChecker, feature_reader
from headway.core.dtypes import PLAIN_DTYPES, DType

if TYPE_CHECKING:
    from headway.contract.model import Constraints, Contract, Feature, JsonValue, Output

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = {
    DType.FLOAT: "number",
    DType.INTEGER: "integer",
    DType.BOOLEAN: "boolean",
    DType.STRING: "string",
    DType.DECIMAL: ["number", "string"],
    DType.DATE: "string",
    DType.DATETIME: "string",
    DType.TIME: "string",
    DType.TENSOR: "array",
}
_LIMIT_KEYS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
}
_FORMATS = {DType.DATE: "date", DType.DATETIME: "date-time", DType.TIME: "time"}
_LIMIT_SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
_LENIENT = {"warn": "Answered with a warning unless", "clip": "Moved to the nearest limit unless"}
_FORMS = {
    (DType.DECIMAL, False): f"A decimal of at most {MAX_DIGITS} digits: a number or a string.",
    (DType.DATE, False): "A date.",
    (DType.TIME, False): "A time of day, without an offset.",
    (DType.TIME, True): "A time of day with its offset from UTC.",
    (DType.DATETIME, False): "A date and time, without an offset.",
    (DType.DATETIME, True): "A date and time with its offset from UTC.",
}
_MOST_CATEGORIES = 5


def row_schema(contract: Contract, title: str) -> dict[str, Any]:
    """Return the JSON Schema of one row given by name."""
    description = {"description": rules_text(contract)} if contract.rules else {}
    return {
        "$schema": DIALECT,
        "title": title,
        **description,
        "type": "object",
        "properties": {feature.name: feature_schema(feature) for feature in contract.features},
        "required": list(contract.names),
        "additionalProperties": False,
        "examples": example_rows(contract),
    }


def feature_schema(feature: Feature) -> dict[str, Any]:
    """Return the JSON Schema of one feature's values."""
    schema: dict[str, Any] = {
        "title": feature.name,
        "type": _types(feature),
        "description": _description(feature),
    }
    if feature.dtype in PLAIN_DTYPES:
        schema |= _plain_schema(enforced(feature))
    elif feature.dtype is DType.TENSOR:
        schema |= _items(enforced(feature))
    else:
        schema |= _written(feature)
    example = valid_example(feature)
    if example is not None:
        schema["examples"] = [example]
    return schema


def rules_text(contract: Contract) -> str:
    """Return what must hold between the values of one row, for people."""
    rules = "; ".join(f"{rule.name}: {rule.expression}" for rule in contract.rules)
    return f"A row keeps these rules: {rules}"


def _types(feature: Feature) -> Any:
    types = _TYPES[feature.dtype]
    if not feature.accepts_null:
        return types
    return [types, "null"] if isinstance(types, str) else [*types, "null"]


def _plain_schema(feature: Feature) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    if feature.dtype is DType.INTEGER:
        schema["format"] = "int64"
    for rule, value in tightest_limits(feature):
        schema[_LIMIT_KEYS[rule]] = value
    return schema | _other_rules(feature)


def _items(feature: Feature) -> dict[str, Any]:
    """Return the words for nested lists of exactly the shape of a tensor."""
    element = element_feature(feature)
    schema: dict[str, Any] = {"type": _TYPES[element.dtype], **_plain_schema(element)}
    for length in reversed(feature.shape):
        schema = {"type": "array", "items": schema, "minItems": length, "maxItems": length}
    del schema["type"]  # that of the whole allows null where the feature does
    if feature.constraints.unique_items:
        schema["uniqueItems"] = True
    return schema


def _written(feature: Feature) -> dict[str, Any]:
    """Return the words for what is sent as text.

    `format` asks for an offset, so one that has none has its pattern only. No word compares text as
    what it stands for, so limits are told in the description.
    """
    if feature.dtype is DType.DECIMAL:
        return {"pattern": f"^{DECIMAL_PATTERN}$"}
    words = {"pattern": f"^{pattern(feature.dtype, is_zoned=feature.is_zoned)}$"}
    if feature.dtype is DType.DATE or feature.is_zoned:
        words["format"] = _FORMATS[feature.dtype]
    return words


def example_rows(contract: Contract) -> list[dict[str, JsonValue | None]]:
    """Return one row of values that were seen and are accepted, or none where no value is known."""
    row = {feature.name: valid_example(feature) for feature in contract.features}
    is_complete = all(
        feature.accepts_null or row[feature.name] is not None for feature in contract.features
    )
    if not is_complete:
        return []
    values = [feature_reader(feature)(row[feature.name]) for feature in contract.features]
    return [] if any(rule.breaks(values) for rule in compile_rules(contract)) else [row]


def valid_example(feature: Feature) -> JsonValue | None:
    """Return a value that the feature accepts: the learned example unless a declaration refuses it."""
    check = ValueChecker(msgspec.structs.replace(feature, policy="refuse")).check
    constraints = feature.constraints
    candidates = (feature.example, *(constraints.one_of or ()), constraints.ge, constraints.le)
    for value in candidates:
        if value is not None and not check(value)[1]:
            return value
    return None


def describe(contract: Contract) -> list[dict[str, str]]:
    """Return one row of a table for each feature.

    Keys: `name`, `type`, `null`, `declared`, `observed`, `example`; all are text for people.
    """
    return [
        {
            "name": feature.name,
            "type": type_words(feature),
            "null": "yes" if feature.accepts_null else "no",
            "declared": declared_about(feature),
            "observed": _observed(feature),
            "example": "" if feature.example is None else literal(feature.example),
        }
        for feature in contract.features
    ]


def _other_rules(feature: Feature) -> dict[str, Any]:
    constraints = feature.constraints
    schema: dict[str, Any] = {}
    if constraints.one_of is not None:
        schema["enum"] = [*constraints.one_of, *([None] if feature.accepts_null else [])]
    words = {
        "multipleOf": constraints.multiple_of,
        "minLength": constraints.min_length,
        "maxLength": constraints.max_length,
    }
    schema |= {word: value for word, value in words.items() if value is not None}
    patterns = [{"pattern": f"^(?:{p})$"} for p in constraints.regex if is_portable(p)]
    if len(patterns) > 1:
        schema["allOf"] = patterns
    elif patterns:
        schema |= patterns[0]
    return schema


def describe_answers(output: Output) -> list[tuple[str, str]]:
    """Return what a model answers as pairs of text for people: what, and how it is."""
    rules = output.rules
    pairs = [
        (
            "answers",
            str(output.task)
            + (f", {output.n_outputs} values a row" if output.n_outputs > 1 else ""),
        )
    ]
    if output.classes:
        classes = zip(output.classes, output.labels, strict=True)
        named = [f"{literal(c)} as {quoted(name)}" for c, name in classes]
        shown = ", ".join(named) if rules.class_names else listed(output.classes)
        pairs.append(("classes", shown))
    pairs.append(("methods", listed([str(method) for method in output.methods])))
    if rules.threshold is not None and rules.positive is not None:
        positive = output.labels[output.classes.index(rules.positive)]
        pairs.append(
            ("threshold", f"{quoted(positive)} from a probability of {literal(rules.threshold)} on")
        )
    if rules.post:
        pairs.append(("post-processing", listed([step_text(step) for step in rules.post])))
    limits = _limits_text(rules.limits)
    if limits:
        beyond = "else the bound" if rules.policy == "clip" else "else the request fails"
        pairs.append(("limits", f"{limits}, {beyond}"))
    return pairs


def _limits_text(constraints: Constraints) -> str:
    return ", ".join(
        f"{_LIMIT_SIGNS[rule]} {literal(value)}"
        for rule, value in declared_limits(constraints, DType.FLOAT)  # as they were declared
    )


def type_words(feature: Feature) -> str:
    """Return the type of a feature for people."""
    if feature.dtype is DType.TENSOR:
        return f"{feature.dtype} {list(feature.shape)} of {feature.element}"
    return f"{feature.dtype}{' with offset' if feature.is_zoned else ''}"


def _description(feature: Feature) -> str:
    observed = _observed(feature)
    seen = f"Seen in training: {observed}." if observed else ""
    kept = (
        ""
        if feature.policy == "refuse"
        else f"{_LENIENT[feature.policy]}: {declared_values(feature)}."
    )
    private = "Private." if feature.is_private else ""
    parts = (feature.description, _form(feature), _other_patterns(feature), kept, seen, private)
    return " ".join(part for part in parts if part)


def _other_patterns(feature: Feature) -> str:
    """Say in words which patterns are not of the syntax that JSON Schema has."""
    others = [f"`{p}`" for p in enforced(feature).constraints.regex if not is_portable(p)]
    return f"Matches {' and '.join(others)} of Rust's `regex` from end to end." if others else ""


def _form(feature: Feature) -> str:
    """Say what the words of JSON Schema leave open about a value that is sent as text."""
    if feature.dtype in PLAIN_DTYPES or feature.dtype is DType.TENSOR:
        return ""
    declared = declared_values(feature) if feature.policy == "refuse" else ""
    allowed = f" Allowed: {declared}." if declared else ""
    return _FORMS[feature.dtype, feature.is_zoned] + allowed


def declared_values(feature: Feature) -> str:
    """Return what is declared about a feature, for people."""
    constraints = feature.constraints
    limits = _limits_text(constraints)
    parts = [limits] if limits else []
    if constraints.one_of is not None:
        parts.append(f"one of {listed(constraints.one_of, most=_MOST_CATEGORIES)}")
    if constraints.multiple_of is not None:
        parts.append(f"multiple of {literal(constraints.multiple_of)}")
    if constraints.min_length is not None:
        parts.append(f"at least {constraints.min_length} characters")
    if constraints.max_length is not None:
        parts.append(f"at most {constraints.max_length} characters")
    parts += [f"matches `{pattern}`" for pattern in constraints.regex]
    flags = {"unique items": constraints.unique_items, "not null": constraints.not_null}
    parts += [words for words, is_declared in flags.items() if is_declared]
    return ", ".join(parts)


def declared_about(feature: Feature) -> str:
    """Return all that is declared about a feature, for people."""
    policy = "" if feature.policy == "refuse" else feature.policy
    private = "private" if feature.is_private else ""
    return ", ".join(part for part in (declared_values(feature), policy, private) if part)


def _observed(feature: Feature) -> str:
    observed = feature.observed
    parts = []
    if observed.minimum is not None and observed.maximum is not None:
        parts.append(f"{literal(observed.minimum)} to {literal(observed.maximum)}")
    if observed.categories is not None:
        parts.append(listed(observed.categories, most=_MOST_CATEGORIES))
    elif observed.n_categories is not None:
        parts.append(f"{observed.n_categories} values")
    if observed.categories is None and observed.max_length is not None:
        parts.append(f"{observed.min_length} to {observed.max_length} characters")
    if observed.missing_ratio:
        parts.append(f"{observed.missing_ratio:.1%} missing")
    return ", ".join(parts)
