"""`headway register`: a fitted model becomes a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from headway import api
from headway.cli.invocation import Command, Invocation
from headway.cli.output import parse_output
from headway.cli.releases import FILE, about_release, check_names, print_release, read_training_rows
from headway.cli.rich import progress
from headway.config.load import load_settings
from headway.releases.code import on_search_path
from headway.releases.fitted_with import noting_versions
from headway.releases.model_file import read_model

if TYPE_CHECKING:
    from pathlib import Path


@click.command(cls=Command)
@click.argument("model", metavar="MODEL", type=FILE)
@click.option("--name", metavar="NAME", required=True, help="Name to register it under.")
@about_release
@click.option(
    "--holdout",
    "holdout_ratio",
    metavar="RATIO",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of the last rows of the data that it was not fitted on.",
)
@click.pass_obj
def register(invocation: Invocation, /, model: Path, data: Path, **options: Any) -> None:
    """Register a fitted model as a release.

    MODEL is a pickle or joblib file of a fitted scikit-learn model, or of any object with predict, a
    module of PyTorch that torch.save wrote (.pt), or an ONNX file, which alone runs no code of its own.
    The data is what it was fitted on: Parquet, CSV, JSON lines, or arrays by name (.npz).
    """
    settings = load_settings(invocation.overrides)
    check_names(options["name"], options["alias"])
    output = parse_output(options)
    files = (data, options.pop("target"), options.pop("evaluation"))
    with progress(invocation.console) as on_progress, on_search_path(options["code"]):
        on_progress(f"reading {data.name}")
        rows = read_training_rows(*files)
        on_progress(f"loading {model.name}")
        with noting_versions() as versions:
            fitted = read_model(model)
        release = api.register(
            fitted,
            rows.features,
            rows.labels,
            evaluation=rows.evaluation,
            output=output,
            settings=settings,
            on_progress=on_progress,
            **options,
        )
    print_release(invocation, release)
    for version in versions:
        invocation.console.note(f"note: {version}")
