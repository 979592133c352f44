"""The JSON Schema of `headway.toml`, for editors that check a file while it is written.

Invariant: a key or a value that Headway refuses in a file is refused by the schema. The schema asks
for more: a number in quotes, which the environment cannot avoid, is no number in a file.
"""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, SecretStr

from headway.config.settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILE_NAME = "headway.schema.json"


def settings_schema() -> dict[str, Any]:
    """Return the schema of `headway.toml` and of the user's `config.toml`.

    Secrets are not in it: they do not belong into a file.
    """
    schema = Settings.model_json_schema()
    for name, section in schema.get("$defs", {}).items():
        _leave_out_secrets(section, _MODELS[name])
    properties = {
        name: {key: value for key, value in described.items() if key != "default"}
        for name, described in schema["properties"].items()
    }
    properties["home"] = {"type": "string", "description": properties["home"]["description"]}
    document = {
        "$schema": DIALECT,
        "description": "Settings of Headway; docs/reference/settings.md explains them.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "$defs": schema.get("$defs", {}),
    }
    return {"title": "headway.toml", **_plain(document)}


def _leave_out_secrets(section: dict[str, Any], model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        if SecretStr in get_args(field.annotation):
            del section["properties"][name]


def _below(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Return the models of all tables below one, by their names."""
    found: dict[str, type[BaseModel]] = {}
    for field in model.model_fields.values():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found |= {kind.__name__: kind, **_below(kind)}
    return found


_MODELS = _below(Settings)


def _plain(node: Any) -> Any:
    """Leave out what TOML cannot write, null, defaults of tables, and titles that only repeat a name."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _plain(value)
        for key, value in node.items()
        if not (key == "default" and (value is None or isinstance(value, dict)))
        and not (key == "title" and "type" in node)
    }
    options = kept.get("anyOf")
    if isinstance(options, list):
        options = [option for option in options if option != {"type": "null"}]
        kept["anyOf"] = options
        if len(options) == 1:
            kept |= kept.pop("anyOf")[0]
    return kept
