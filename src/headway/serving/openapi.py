"""Puts an OpenAPI 3.1 document into the words of 3.0, which is what Swagger UI 4 shows.

What 3.0 has no word for becomes wider, never narrower.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_LISTS = ("anyOf", "allOf", "oneOf")
_SINGLE = ("items", "additionalProperties", "not")
_NULL: Schema = {"type": "null"}


def to_openapi_3_0(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with every schema in the words of OpenAPI 3.0."""
    converted = _convert_content(document)
    schemas = document.get("components", {}).get("schemas", {})
    if schemas:
        converted["components"]["schemas"] = {
            name: to_schema_3_0(schema) for name, schema in schemas.items()
        }
    return {**converted, "openapi": "3.0.3"}


def to_schema_3_0(schema: Schema) -> Schema:
    """Return one schema in the words of OpenAPI 3.0.

    Examples:
        >>> to_schema_3_0({"type": ["number", "null"], "exclusiveMinimum": 0})
        {'type': 'number', 'nullable': True, 'minimum': 0, 'exclusiveMinimum': True}
        >>> to_schema_3_0({"anyOf": [{"type": "string"}, {"type": "null"}], "examples": ["a"]})
        {'anyOf': [{'type': 'string'}], 'nullable': True, 'example': 'a'}
    """
    converted: Schema = {}
    for word, value in schema.items():
        converted.update(_convert_word(word, value))
    return converted


def _convert_word(word: str, value: Any) -> Schema:
    if word == "properties":
        return {word: {name: to_schema_3_0(schema) for name, schema in value.items()}}
    if word in _SINGLE and isinstance(value, dict):
        return {word: to_schema_3_0(value)}
    if word in _LISTS:
        return _convert_alternatives(word, value)
    if word == "type" and isinstance(value, list):
        return _convert_types(value)
    return _convert_keyword(word, value)


def _convert_keyword(word: str, value: Any) -> Schema:
    if word in _EXCLUSIVE:
        return {_EXCLUSIVE[word]: value, word: True}
    if word == "examples":
        return {"example": value[0]} if value else {}
    if word == "const":
        return {"enum": [value]}
    if word == "prefixItems":
        return {"items": {}}
    return {word: value}


def _convert_types(types: list[str]) -> Schema:
    named = [type_ for type_ in types if type_ != "null"]
    nullable = {"nullable": True} if len(named) < len(types) else {}
    if len(named) == 1:
        return {"type": named[0], **nullable}
    return {"anyOf": [{"type": type_} for type_ in named], **nullable}


def _convert_alternatives(word: str, schemas: list[Schema]) -> Schema:
    named = [to_schema_3_0(schema) for schema in schemas if schema != _NULL]
    return {word: named, **({"nullable": True} if len(named) < len(schemas) else {})}


def _convert_content(node: Any) -> Any:
    """Convert what is called `schema` anywhere in paths; examples are values and stay as they are."""
    if isinstance(node, list):
        return [_convert_content(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: to_schema_3_0(value)
        if key == "schema"
        else value
        if key in {"example", "examples", "schemas"}
        else _convert_content(value)
        for key, value in node.items()
    }
