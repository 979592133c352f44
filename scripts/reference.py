"""Write the files of the reference that follow from the code: `cli.md`, `settings.md` and its schema.

python scripts/reference.py            writes them
python scripts/reference.py --check    ends with 1 where a page is not what it would write
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

import click
from pydantic import BaseModel

from headway.cli.invocation import shared_options
from headway.cli.main import cli
from headway.config.schema import FILE_NAME, settings_schema
from headway.config.settings import Settings
from headway.config.sources import variable_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic.fields import FieldInfo

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
MADE_BY = "<!-- made by scripts/reference.py; do not edit -->"
SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def cli_page() -> str:
    """Return the page of the command line."""
    shared = {parameter.name for parameter in shared_options(is_remote=True)}
    lines = [
        MADE_BY,
        "# Command line",
        "",
        "`headway COMMAND`. The result goes to stdout, everything else to stderr. Exit codes are in",
        "[errors.md](errors.md), settings in [settings.md](settings.md).",
        "",
        "## Shared options",
        "",
        "They stand before or after the command. `--url` is for the commands that can ask a server.",
        "",
        *option_table(shared_options(is_remote=True)),
    ]
    for path, command in commands(cli, "headway"):
        own = [parameter for parameter in command.params if parameter.name not in shared]
        usage = " ".join([path, *command.collect_usage_pieces(click.Context(command))])
        lines += ["", f"## {path}", "", f"`{usage}`", "", *help_text(command)]
        options = [parameter for parameter in own if isinstance(parameter, click.Option)]
        if options:
            lines += ["", *option_table(options)]
    return "\n".join(lines) + "\n"


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command below a group, by its full name."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        if below is not None:
            yield from commands(below, f"{path} {name}")


def help_text(command: click.Command) -> list[str]:
    """Return the help of a command as lines of Markdown."""
    return [line for line in inspect.cleandoc(command.help or "").splitlines() if line != "\b"]


def option_table(options: Iterable[click.Parameter]) -> list[str]:
    """Return options as a table."""
    rows = [
        (f"`{option_name(option)}`", (option.help or "") + option_default(option))
        for option in options
        if isinstance(option, click.Option)
    ]
    return table(("Option", "Meaning"), rows)


def option_name(option: click.Option) -> str:
    """Return an option as it is typed, with what follows it."""
    name = ", ".join(option.opts)
    if option.is_flag or option.count:
        return name
    if isinstance(option.type, click.Choice):
        return f"{name} {'|'.join(option.type.choices)}"
    return f"{name} {option.metavar or option.type.name.upper()}"


def option_default(option: click.Option) -> str:
    """Return what is said about the default of an option."""
    if option.required:
        return " Required."
    shown = isinstance(option.default, str | int | float) and option.default not in {"", False}
    return f" Default: `{option.default}`." if shown else ""


def settings_page() -> str:
    """Return the page of the settings."""
    lines = [
        MADE_BY,
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
    default = "" if field.is_required() or field.default is None else f"`{field.default}`"
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


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return a table of Markdown."""
    cells = [tuple(cell.replace("|", "\\|") for cell in row) for row in rows]
    return [f"| {' | '.join(row)} |" for row in (header, ("---",) * len(header), *cells)]


def schema_file() -> str:
    """Return the JSON Schema of `headway.toml`."""
    return json.dumps(settings_schema(), indent=2) + "\n"


PAGES = {"cli.md": cli_page, "settings.md": settings_page, FILE_NAME: schema_file}


def main(arguments: list[str]) -> int:
    """Write the pages, or check them."""
    stale = []
    for name, page in PAGES.items():
        file = REFERENCE / name
        if file.is_file() and file.read_text() == page():
            continue
        stale.append(name)
        if "--check" not in arguments:
            file.write_text(page())
    for name in stale:
        print(f"{name}: {'is not what the code says' if '--check' in arguments else 'written'}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
