"""`headway adopt`: a plain MLflow model becomes a release, without being trained again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from headway import api
from headway.cli.invocation import Command, Invocation
from headway.cli.output import parse_output
from headway.cli.releases import about_release, check_names, print_release, read_training_rows
from headway.cli.rich import progress
from headway.config.load import load_settings

if TYPE_CHECKING:
    from pathlib import Path


@click.command(cls=Command)
@click.argument("address", metavar="ADDRESS")
@click.option(
    "--name", metavar="NAME", help="Name to register it under; without it, the name of the model."
)
@about_release
@click.option("--trust", is_flag=True, help="Run code (pickle) of a registry that is not trusted.")
@click.pass_obj
def adopt(invocation: Invocation, /, address: str, data: Path, **options: Any) -> None:
    """Turn a plain MLflow model into a release.

    It gets a contract, golden rows and a lowered form without being trained again. The data is like
    that it was fitted on: Parquet, CSV, JSON lines, or arrays by name (.npz). ADDRESS is models:/NAME/7, models:/NAME@alias,
    runs:/ID/path, or a folder that begins with ./ or /.
    """
    settings = load_settings(invocation.overrides)
    check_names(options["name"], options["alias"])
    output = parse_output(options)
    files = (data, options.pop("target"), options.pop("evaluation"))
    with progress(invocation.console) as on_progress:
        on_progress(f"reading {data.name}")
        rows = read_training_rows(*files)
        release = api.adopt(
            address,
            rows.features,
            y=rows.labels,
            evaluation=rows.evaluation,
            output=output,
            settings=settings,
            on_progress=on_progress,
            **options,
        )
    print_release(invocation, release)
