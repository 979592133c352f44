"""The page of the settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel
from scripts.reference.markdown import table

from headway.config.schema import settings_schema
from headway.config.settings import Settings
from headway.config.sources import variable_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def settings_page() -> str:
    """Return the page of the settings."""
    lines = [
        "# Settings",
        "",
        "A value is taken from the first place that has it: the command line or code; the variable",
        "`HEADWAY_SECTION__KEY`; the file that `HEADWAY_SECTION__KEY_FILE` names (a secret of Docker or",
        "Kubernetes); the project's `headway.toml`, in this folder or above it up to the root of the",
        "repository; the user's `config.toml` in the home folder; the default. `headway config show",
        "--origin` tells which. An unknown key is an error. A variable that begins with `{` or `[` is read",
        "as JSON. Names of models and features are lower-case in a variable; others need a file.",
        "`MLFLOW_TRACKING_URI` gives `registry.uri` where nothing else does.",
        "",
        "An editor can check the file while it is written: [headway.schema.json](headway.schema.json) is its",
        "JSON Schema, which `headway config schema` prints too. Save it beside the file, and begin the file",
        "with `#:schema ./headway.schema.json` (Taplo, Even Better TOML).",
    ]
    for section, model in sections(Settings, ()):
        heading = ".".join(section)
        lines += ["", f"## `[{heading}]`" if heading else "## At the top", ""]
        rows = [
            setting_row((*section, name), field)
            for name, field in model.model_fields.items()
            if below(field.annotation) is None
        ]
        lines += table(("Setting", "Type", "Default", "Variable", "Meaning"), rows)
    return "\n".join(lines) + "\n"


def schema_file() -> str:
    """Return the JSON Schema of `headway.toml`."""
    return json.dumps(settings_schema(), indent=2) + "\n"


def sections(
    model: type[BaseModel], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    """Yield every table of settings, with the place of its name where it has one."""
    yield path, model
    for name, field in model.model_fields.items():
        inner = below(field.annotation)
        if inner is not None:
            named = get_origin(field.annotation) is dict
            place = ("FEATURE" if name == "constraints" else "NAME",) if named else ()
            yield from sections(inner, (*path, name, *place))


def below(annotation: Any) -> type[BaseModel] | None:
    """Return the model of a table, or `None` for a plain value."""
    if get_origin(annotation) is dict:
        return below(get_args(annotation)[1])
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_model else None


def setting_row(path: tuple[str, ...], field: FieldInfo) -> tuple[str, ...]:
    """Return what is said about one setting."""
    bounds = [
        f"{sign} {getattr(part, name)}"
        for part in field.metadata
        for name, sign in SIGNS.items()
        if getattr(part, name, None) is not None
    ]
    kind = ", ".join([type_name(field.annotation), *bounds])
    is_shown = not field.is_required() and field.default is not None
    # as TOML has it
    shown = str(field.default).lower() if isinstance(field.default, bool) else field.default
    default = f"`{shown}`" if is_shown else ""
    if path == ("home",):
        default = "`~/.headway`"
    return (f"`{path[-1]}`", kind, default, f"`{variable_name(path)}`", field.description or "")


def type_name(annotation: Any) -> str:
    """Return a type for people."""
    words = {"str": "text", "int": "integer", "float": "number", "bool": "true or false"}
    words |= {"SecretStr": "secret", "Path": "folder", "tuple": "list"}
    options = [option for option in get_args(annotation) if option is not type(None)]
    if get_origin(annotation) is tuple:
        return "list"
    if options and all(isinstance(option, str) for option in options):
        return " or ".join(f"`{option}`" for option in options)
    if options:
        return type_name(options[0])
    return words[annotation.__name__]
