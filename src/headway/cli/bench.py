"""`headway bench`: a release under load, with a verdict."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
from typing_extensions import override

from headway import api
from headway.cli.console import CHECK_FAILED, OK
from headway.cli.invocation import Command, Invocation
from headway.cli.load_report import print_report
from headway.cli.releases import FILE
from headway.cli.rich import progress
from headway.cli.rows import format_of, parse_rows, read_bytes
from headway.config.load import load_settings
from headway.errors import ConfigError
from headway.testing.load.arrivals import KINDS
from headway.testing.load.picture import check_suffix, write_picture

_UNITS_S = {"ms": 1e-3, "s": 1.0, "m": 60.0, "": 1.0}


class Duration(click.ParamType):  # type: ignore[type-arg] # generic in newer releases of click only
    """A length of time: `30s`, `500ms`, `2m`."""

    name = "duration"

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"([0-9]+(?:\.[0-9]*)?)(ms|s|m|)", str(value).strip())
        if found is None:
            self.fail(f"`{value}` is no length of time; write 30s, 500ms or 2m", param, ctx)
        return float(found[1]) * _UNITS_S[found[2]]


@click.command(cls=Command, is_remote=True)
@click.argument("models", metavar="MODEL...", nargs=-1, required=True)
@click.option(
    "--rps",
    type=click.FloatRange(min=0, min_open=True),
    default=100.0,
    help="Requests a second; 100 by default.",
)
@click.option(
    "--for",
    "length",
    type=Duration(),
    default=30.0,
    metavar="TIME",
    help="How long; 30s by default.",
)
@click.option(
    "--warm-up", type=Duration(), default=2.0, metavar="TIME", help="Load before; 2s by default."
)
@click.option(
    "--slo",
    multiple=True,
    metavar="OBJECTIVE",
    help="What must be kept: p99=20ms, p99.9=0.1s, max=1s, errors=0.1%; may be given again.",
)
@click.option("--find", is_flag=True, help="Find the highest rate that keeps the objectives.")
@click.option(
    "--step",
    type=Duration(),
    default=4.0,
    metavar="TIME",
    help="Least length of a step of --find; 4s by default.",
)
@click.option(
    "--arrivals",
    type=click.Choice(KINDS),
    default=KINDS[0],
    help="How requests are spread: as of independent users, or evenly.",
)
@click.option("--seed", type=int, default=1, help="Of arrivals and sizes; 1 by default.")
@click.option("--rows", type=FILE, help="Rows to send, instead of those that the release carries.")
@click.option(
    "--batch-rows",
    default="1",
    metavar="MIX",
    help="Rows of a request, or the share of each size: 1:0.9,10:0.09,100:0.01.",
)
@click.option(
    "--method",
    type=click.Choice(["predict", "predict_proba", "decision_function"]),
    default="predict",
    help="What to ask for.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes of each server.")
@click.option(
    "--timeout",
    type=Duration(),
    default=10.0,
    metavar="TIME",
    help="When a request is given up; 10s by default.",
)
@click.option(
    "--connections",
    type=click.IntRange(min=1, max=16_384),
    default=1024,
    help="Most connections; 1024 by default.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw a picture: FILE.html or FILE.svg.",
)
@click.option("--trust", is_flag=True, help="Run code (pickle) of a registry that is not trusted.")
@click.pass_obj
def bench(invocation: Invocation, /, models: tuple[str, ...], **options: Any) -> int:
    """Measure a release under load, or two in turns.

    Each MODEL... is an address: credit, credit:7, credit@challenger, ./folder. It is served by a server
    of its own, on a free port; with --url a running server is asked instead. Latency counts from when a
    request was due, whatever became of those before it.

    It ends with exit code 7 where an objective was missed, or could not be measured.
    """
    out = options.pop("out")
    if out is not None:
        check_suffix(out)
        if not out.absolute().parent.is_dir():
            raise ConfigError(f"there is no folder `{out.parent}`", hint="make it first")
    with progress(invocation.console) as on_progress:
        report = api.bench(
            *models,
            rate_per_s=options["rps"],
            duration_s=options["length"],
            warm_up_s=options["warm_up"],
            slo=options["slo"],
            find=options["find"],
            step_s=options["step"],
            arrivals=options["arrivals"],
            seed=options["seed"],
            rows=_rows_in(options["rows"]),
            batch_rows=options["batch_rows"],
            method=options["method"],
            workers=options["workers"],
            url=invocation.url,
            timeout_s=options["timeout"],
            max_connections=options["connections"],
            trust=options["trust"],
            settings=load_settings(invocation.overrides),
            on_progress=on_progress,
        )
    if out is not None:
        write_picture(report, out)
        invocation.console.note(f"picture: {out}")
    if invocation.console.json:
        invocation.console.document(report.as_dict())
    else:
        print_report(invocation.console, report)
    return OK if report.verdict in {None, "kept"} else CHECK_FAILED


def _rows_in(path: Any) -> Any:
    """Return the rows of a file; in CSV, where nothing says what a column is, numbers are numbers."""
    if path is None:
        return None
    return parse_rows(read_bytes(str(path)), format_of(str(path)), dict).rows
