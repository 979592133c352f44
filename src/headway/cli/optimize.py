"""`headway optimize`: smaller forms of a release, by name."""

from __future__ import annotations

from typing import Any

import click

from headway.cli.invocation import Command, Invocation
from headway.cli.lossy import make_lossy
from headway.cli.releases import FILE, check_names
from headway.optimize.quantisation.kinds import ENGINES, Kind


@click.command(cls=Command)
@click.argument("model", metavar="MODEL")
@click.option(
    "--to",
    type=click.Choice([str(kind) for kind in Kind]),
    required=True,
    help="Make a smaller form of this precision, which is not the same model.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=ENGINES[0],
    help="What makes it; torch and torchao take a module of PyTorch as it is.",
)
@click.option("--metric", metavar="METRIC", help="Metric that is held to the budget.")
@click.option(
    "--max-drop",
    metavar="DROP",
    type=click.FloatRange(min=0),
    help="How much worse the metric may become; 0.005 by default, 0.02 of cosine.",
)
@click.option("--calibrate", type=FILE, help="Rows like those of the training, for int8-static.")
@click.option("--evaluation", type=FILE, help="Rows that it was not fitted on, with the target.")
@click.option("--target", metavar="COLUMN", help="Column of the evaluation rows with the labels.")
@click.option("--label", default="", metavar="LABEL", help="Your own name of the new version.")
@click.option("--alias", metavar="ALIAS", help="Alias to point to the new version.")
@click.option("--trust", is_flag=True, help="Run code (pickle) of a registry that is not trusted.")
@click.pass_obj
def optimize(invocation: Invocation, /, model: str, **options: Any) -> None:
    """Make a smaller form of a release, as a new version.

    MODEL is NAME, NAME:7 or NAME@alias. The new version is not the same model: both are served on this
    machine, and their replies to the evaluation rows are compared. Nothing is registered where the metric
    falls by more than its budget, and the command ends with exit code 5.
    """
    check_names(None, options["alias"])
    make_lossy(invocation, model, options)
