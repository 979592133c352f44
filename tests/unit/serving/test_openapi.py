from __future__ import annotations

import pytest

from headway.serving.openapi import to_openapi_3_0, to_schema_3_0


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, {"type": "string"}),
        ({"type": ["integer", "null"]}, {"type": "integer", "nullable": True}),
        (
            {"type": ["integer", "string"]},
            {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        ),
        (
            {"anyOf": [{"$ref": "#/a"}, {"type": "null"}]},
            {"anyOf": [{"$ref": "#/a"}], "nullable": True},
        ),
        (
            {"exclusiveMinimum": 0, "exclusiveMaximum": 9},
            {"minimum": 0, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": True},
        ),
        ({"minimum": 0, "maximum": 9}, {"minimum": 0, "maximum": 9}),
        ({"const": "a"}, {"enum": ["a"]}),
        ({"examples": [1, 2]}, {"example": 1}),
        ({"examples": []}, {}),
        (
            {"type": "array", "prefixItems": [{"type": "integer"}], "maxItems": 1},
            {"type": "array", "items": {}, "maxItems": 1},
        ),
        ({"items": {"const": 1}}, {"items": {"enum": [1]}}),
        ({"additionalProperties": False}, {"additionalProperties": False}),
        ({"additionalProperties": {"const": 1}}, {"additionalProperties": {"enum": [1]}}),
    ],
)
def test_a_schema_says_the_same_in_other_words(
    schema: dict[str, object], expected: dict[str, object]
) -> None:
    assert to_schema_3_0(schema) == expected


def test_a_feature_may_be_called_like_a_word_of_the_schema() -> None:
    properties = {name: {"type": "string"} for name in ("const", "examples", "type", "anyOf")}
    assert to_schema_3_0({"properties": properties}) == {"properties": properties}


def test_a_document_is_converted_where_it_holds_schemas_and_examples_stay() -> None:
    example = {"type": ["a", "null"], "const": 1}
    document = {
        "openapi": "3.1.0",
        "paths": {
            "/x": {
                "post": {
                    "parameters": [{"name": "m", "schema": {"const": 1}}],
                    "requestBody": {
                        "content": {
                            "application/json": {
                                "schema": {"type": ["string", "null"]},
                                "examples": {"one": {"value": example}},
                            }
                        }
                    },
                }
            }
        },
        "components": {"schemas": {"schema": {"const": 2}}},
    }
    converted = to_openapi_3_0(document)
    operation = converted["paths"]["/x"]["post"]
    content = operation["requestBody"]["content"]["application/json"]
    assert converted["openapi"] == "3.0.3"
    assert operation["parameters"][0]["schema"] == {"enum": [1]}
    assert content["schema"] == {"type": "string", "nullable": True}
    assert content["examples"]["one"]["value"] == example
    assert converted["components"]["schemas"]["schema"] == {"enum": [2]}
    assert document["openapi"] == "3.1.0"
