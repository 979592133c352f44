from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.contract.model import Constraints, Contract, Feature, Observed, Output
from headway.contract.output import Answer, declare_output
from headway.contract.pydantic.models import row_model
from headway.contract.schema import (
    DIALECT,
    describe,
    describe_answers,
    example_rows,
    feature_schema,
    row_schema,
    valid_example,
)
from headway.contract.values import ValueChecker
from headway.core.dtypes import PLAIN_DTYPES, DType, Method, Task
from unit.contract.strategies import contract_of, contracts, feature, features, values

AGE = msgspec.structs.replace(
    feature("age", DType.INTEGER, nullable=True, ge=17.5, lt=120),
    observed=Observed(minimum=19, maximum=75.5, missing_ratio=0.021),
    example=33,
    description="Age in years.",
)
PURPOSE = msgspec.structs.replace(
    feature("purpose", DType.STRING, nullable=True, one_of=("car", "tv")),
    observed=Observed(categories=("car", "tv"), n_categories=2),
    example="boat",
)
ID = msgspec.structs.replace(
    feature("id", DType.STRING, nullable=True, not_null=True), observed=Observed(n_categories=5000)
)
CONTRACT = contract_of(AGE, PURPOSE, ID)


def test_a_feature_is_spelled_as_json_schema() -> None:
    assert feature_schema(AGE) == {
        "title": "age",
        "type": ["integer", "null"],
        "description": "Age in years. Seen in training: 19 to 75.5, 2.1% missing.",
        "format": "int64",
        "minimum": 18,
        "exclusiveMaximum": 120,
        "examples": [33],
    }
    assert feature_schema(PURPOSE)["enum"] == ["car", "tv", None]
    assert feature_schema(ID)["type"] == "string"


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ("ge", "minimum"),
        ("gt", "exclusiveMinimum"),
        ("le", "maximum"),
        ("lt", "exclusiveMaximum"),
    ],
)
def test_every_limit_has_its_key(rule: str, key: str) -> None:
    assert feature_schema(feature("a", DType.FLOAT, **{rule: 2.5}))[key] == 2.5


def test_a_narrow_column_limits_as_a_declaration_does() -> None:
    narrow = feature_schema(feature("a", DType.INTEGER, storage="int8", gt=17, le=1000))
    assert (narrow["exclusiveMinimum"], narrow["maximum"]) == (17, 127)
    assert "minimum" not in narrow
    wide = feature_schema(feature("a", DType.INTEGER, storage="int64"))
    assert not {"minimum", "maximum"} & wide.keys()


def test_a_row_names_its_dialect_and_forbids_other_keys() -> None:
    schema = row_schema(CONTRACT, "CreditRow")
    assert schema["$schema"] == DIALECT
    assert schema["title"] == "CreditRow"
    assert schema["required"] == ["age", "purpose", "id"]
    assert list(schema["properties"]) == ["age", "purpose", "id"]
    assert schema["additionalProperties"] is False
    assert json.loads(json.dumps(schema, allow_nan=False)) == schema


@settings(max_examples=50, deadline=None)
@given(contracts())
def test_pydantic_says_the_same(contract: Contract) -> None:
    schema = row_schema(contract, "CreditRow")
    del schema["$schema"]
    assert row_model(contract, "credit").model_json_schema() == schema


@settings(max_examples=50, deadline=None)
@given(contracts())
def test_an_example_is_accepted(contract: Contract) -> None:
    for one in contract.features:
        example = valid_example(one)
        assert example is None or not ValueChecker(one).check(example)[1]
    for row in example_rows(contract):
        assert list(row) == list(contract.names)


def test_an_example_that_a_declaration_refuses_is_replaced() -> None:
    assert valid_example(PURPOSE) == "car"
    assert valid_example(msgspec.structs.replace(AGE, example=5)) is None


def test_without_an_example_for_each_feature_there_is_no_example_row() -> None:
    assert example_rows(CONTRACT) == []
    assert example_rows(contract_of(AGE, PURPOSE)) == [{"age": 33, "purpose": "car"}]
    nullable = msgspec.structs.replace(ID, constraints=Constraints())
    assert example_rows(contract_of(nullable)) == [{"id": None}]


def test_a_table_has_one_row_for_each_feature() -> None:
    assert describe(CONTRACT) == [
        {
            "name": "age",
            "type": "integer",
            "null": "yes",
            "declared": ">= 17.5, < 120",
            "observed": "19 to 75.5, 2.1% missing",
            "example": "33",
        },
        {
            "name": "purpose",
            "type": "string",
            "null": "yes",
            "declared": "one of `car`, `tv`",
            "observed": "`car`, `tv`",
            "example": "boat",
        },
        {
            "name": "id",
            "type": "string",
            "null": "no",
            "declared": "not null",
            "observed": "5000 values",
            "example": "",
        },
    ]


LENIENT = feature("pay", DType.FLOAT, ge=0, le=9, policy="clip", is_private=True)
TEXT = feature("code", DType.STRING, regex=("[A-Z]|x",), min_length=1, max_length=3)


def test_texts_and_steps_are_spelled_as_json_schema() -> None:
    schema = feature_schema(TEXT)
    assert {key: schema[key] for key in ("pattern", "minLength", "maxLength")} == {
        "pattern": "^(?:[A-Z]|x)$",
        "minLength": 1,
        "maxLength": 3,
    }
    assert feature_schema(feature("a", DType.FLOAT, multiple_of=0.5))["multipleOf"] == 0.5
    both = feature_schema(feature("a", DType.STRING, regex=("a", "b")))
    assert both["allOf"] == [{"pattern": "^(?:a)$"}, {"pattern": "^(?:b)$"}]


def test_a_pattern_that_is_none_of_json_schema_is_in_words() -> None:
    schema = feature_schema(feature("a", DType.STRING, regex=("(?i)a", "b+", r"\p{Greek}")))
    assert schema["pattern"] == "^(?:b+)$"
    assert schema["description"] == (
        "Matches `(?i)a` and `\\p{Greek}` of Rust's `regex` from end to end."
    )
    warned = feature_schema(feature("a", DType.STRING, regex=("(?i)a",), policy="warn"))
    assert warned["description"] == "Answered with a warning unless: matches `(?i)a`."


def test_what_a_policy_lets_through_is_in_words_only() -> None:
    schema = feature_schema(LENIENT)
    assert "minimum" not in schema
    assert schema["description"] == (
        "Moved to the nearest limit unless: `>= 0, <= 9`. Private.".replace("`", "")
    )
    warned = feature_schema(msgspec.structs.replace(TEXT, policy="warn"))
    assert "pattern" not in warned
    assert "Answered with a warning unless" in warned["description"]


def test_the_table_says_what_is_declared() -> None:
    shown = [row["declared"] for row in describe(contract_of(TEXT, LENIENT))]
    assert shown == [
        "at least 1 characters, at most 3 characters, matches `[A-Z]|x`",
        ">= 0, <= 9, clip, private",
    ]


def test_rules_are_described_and_an_example_keeps_them() -> None:
    known = msgspec.structs.replace(feature("pay", DType.FLOAT), example=5.0)
    for rule, examples in (("high: pay > 3", [{"pay": 5.0}]), ("low: pay < 3", [])):
        schema = row_schema(contract_of(known, rules=[rule]), "credit")
        assert schema["description"] == f"A row keeps these rules: {rule}"
        assert schema["examples"] == examples


def test_the_answers_are_told_with_all_that_was_declared() -> None:
    binary = Output(Task.CLASSIFICATION, (Method.PREDICT, Method.PREDICT_PROBA), (0, 1))
    assert describe_answers(binary) == [
        ("answers", "classification"),
        ("classes", "`0`, `1`"),
        ("methods", "`predict`, `predict_proba`"),
    ]
    named = declare_output(
        binary, Answer(class_names=["good", "bad"], threshold=0.3, positive="bad")
    )
    told = dict(describe_answers(named))
    assert told["classes"] == "0 as `good`, 1 as `bad`"
    assert told["threshold"] == "`bad` from a probability of 0.3 on"


def test_numbers_are_told_with_steps_and_limits() -> None:
    numbers = Output(Task.REGRESSION, n_outputs=2)
    declared = declare_output(numbers, Answer(post=["expm1", "round=2"], ge=0, lt=9))
    assert describe_answers(declared) == [
        ("answers", "regression, 2 values a row"),
        ("methods", "`predict`"),
        ("post-processing", "`expm1`, `round=2`"),
        ("limits", ">= 0, < 9, else the request fails"),
    ]
    clipped = declare_output(numbers, Answer(ge=0, policy="clip"))
    assert dict(describe_answers(clipped))["limits"] == ">= 0, else the bound"


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(set(DType) - PLAIN_DTYPES)).flatmap(lambda d: features("a", [d])),
    st.data(),
)
def test_the_schema_allows_what_the_feature_accepts(given_: Feature, data: st.DataObject) -> None:
    value = data.draw(values(given_))
    if not ValueChecker(given_).check(value)[1]:
        assert is_allowed(value, feature_schema(given_))


def is_allowed(value: Any, schema: dict[str, Any]) -> bool:
    """Whether the words of JSON Schema that a type is told with allow a value."""
    if value is None:
        return "null" in schema["type"]
    if isinstance(value, list):
        fits = schema["minItems"] <= len(value) <= schema["maxItems"]
        return fits and all(is_allowed(item, schema["items"]) for item in value)
    if isinstance(value, str):
        return "string" in schema["type"] and re.search(schema["pattern"], value) is not None
    return "number" in schema["type"] or "integer" in schema["type"]


@pytest.mark.parametrize(
    ("dtype", "fields", "words"),
    [
        (DType.DATE, None, {"type": "string", "format": "date"}),
        (DType.DECIMAL, None, {"type": ["number", "string"]}),
        (DType.DATETIME, {"storage": "object", "is_zoned": True}, {"format": "date-time"}),
        (DType.TIME, {"storage": "object", "is_zoned": True}, {"format": "time"}),
        (DType.TENSOR, None, {"type": "array", "minItems": 2, "maxItems": 2}),
    ],
)
def test_each_type_has_the_words_of_json_schema(dtype: DType, fields: Any, words: Any) -> None:
    schema = feature_schema(feature("a", dtype, fields=fields))
    assert schema.items() >= words.items()


def test_a_time_without_an_offset_has_no_format_that_asks_for_one() -> None:
    for dtype in (DType.DATETIME, DType.TIME):
        assert "format" not in feature_schema(feature("a", dtype))


def test_limits_that_the_schema_cannot_say_are_described() -> None:
    schema = feature_schema(feature("a", DType.DATE, ge="2020-01-01", one_of=("2020-01-01",)))
    assert schema["description"] == "A date. Allowed: >= 2020-01-01, one of `2020-01-01`."
    items = feature_schema(feature("a", DType.TENSOR, ge=0, le=1))["items"]
    assert items == {"type": "number", "minimum": 0, "maximum": 1}
