"""`headway optimize`: the forms of a release, and smaller ones by name."""

from __future__ import annotations

from typing import Any

import click

from headway import api
from headway.cli.forms import print_forms
from headway.cli.invocation import Command, Invocation
from headway.cli.lossy import make_lossy
from headway.cli.releases import FILE, check_names
from headway.cli.rich import progress
from headway.config.load import load_settings
from headway.optimize.quantisation.kinds import ENGINES, Kind


@click.command(cls=Command)
@click.argument("model", metavar="MODEL")
@click.option(
    "--to",
    type=click.Choice([str(kind) for kind in Kind]),
    help="Make a smaller form of this precision, which is not the same model, as a new version.",
)
@click.option("--explain", is_flag=True, help="Show each step: what was lowered, or why not.")
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
def optimize(
    invocation: Invocation, /, model: str, to: str | None, explain: bool, **options: Any
) -> None:
    """Show what each form of a release costs, or make a smaller one.

    Without --to nothing is changed: it prints the exact forms that the release can run in, their CPU time in
    calls of 1 to 100,000 rows, what was compared, and which form is served. MODEL is NAME, NAME:7 or
    NAME@alias.

    With --to the new version is not the same model: both are served on this machine, and their replies to
    the evaluation rows are compared. Nothing is registered where the metric falls by more than its budget,
    and the command ends with exit code 5.
    """
    if to is None:
        _refuse_without_aim(options)
        with progress(invocation.console) as on_progress:
            forms = api.forms(
                model,
                trust=options["trust"],
                settings=load_settings(invocation.overrides),
                on_progress=on_progress,
            )
        print_forms(invocation.console, forms, explain=explain)
        return
    if explain:
        raise click.UsageError("`--explain` tells of the forms that there are; leave `--to` out")
    check_names(None, options["alias"])
    make_lossy(invocation, model, {"to": to, **options})


def _refuse_without_aim(options: dict[str, Any]) -> None:
    """Refuse options that say how a smaller form is made where none is asked for."""
    given = [
        f"`--{name.replace('_', '-')}`"
        for name in ("metric", "max_drop", "calibrate", "evaluation", "target", "label", "alias")
        if options[name] not in {None, ""}
    ]
    if options["engine"] != ENGINES[0]:
        given.append("`--engine`")
    if given:
        raise click.UsageError(f"{', '.join(given)}: only with `--to`, which makes a smaller form")
