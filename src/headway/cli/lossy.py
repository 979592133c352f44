"""What `headway optimize --to` does, and how its report is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

import headway.api
from headway.cli.alias import alias_line
from headway.cli.releases import read_rows
from headway.cli.rich import progress
from headway.config.load import load_settings
from headway.errors import TrainingDataError
from headway.releases.loss import table as loss_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from headway.cli.invocation import Invocation
    from headway.releases.quantise import Quantised

# What two measurements of one thing differ by
_NOISE = 1.2


def make_lossy(invocation: Invocation, model: str, options: Mapping[str, Any]) -> None:
    """Make a lossy version of a release and print what it costs and loses.

    Args:
        invocation: Where to print.
        model: Address of the release.
        options: As `headway.api.optimize`, with files in the place of rows.
    """
    given = dict(options)
    target, files = given.pop("target"), (given.pop("calibrate"), given.pop("evaluation"))
    with progress(invocation.console) as on_progress:
        made = headway.api.optimize(
            model,
            calibrate=None if files[0] is None else _features(files[0], target),
            evaluation=None if files[1] is None else read_rows(files[1], target),
            settings=load_settings(invocation.overrides),
            on_progress=on_progress,
            **given,
        )
    print_quantised(invocation, made)


def print_quantised(invocation: Invocation, made: Quantised) -> None:
    """Print a lossy version that was just registered, and what to type next."""
    console, release, report = invocation.console, made.release, made.report
    if console.json:
        console.document(
            {
                "name": release.name,
                "version": release.version,
                "aliases": list(release.aliases),
                "moved": dict(release.moved),
                "digest": release.digest,
                "form": release.form,
                "reason": release.reason,
                "report": msgspec.to_builtins(report),
            }
        )
        return
    console.text(f"registered {release.address}, {release.reason}")
    for alias in release.aliases:
        console.text(alias_line(release.name, alias, release.version, release.moved))
    console.table(("", report.parent, release.address), loss_table(report))
    console.text(f"made by {report.engine}: {report.method}")
    if report.n_calibration_rows:
        console.text(f"calibrated on {report.n_calibration_rows:,} rows")
    budget = report.budget
    console.text(
        f"measured on {report.loss.n_rows:,} rows over HTTP; `{budget.metric}` was allowed to become "
        f"{budget.max_drop:g} worse"
    )
    if report.size_ratio >= 1:
        console.note("note: it is no smaller: the model has few weights")
    slower = [i.n_rows for i in report.latencies if i.after_us > _NOISE * i.before_us]
    if slower:
        rows = ", ".join(map(str, slower))
        console.note(f"note: it is slower here, with {rows} rows at once")
    console.note(f"serve it: {invocation.command('serve', release.address)}")


def _features(file: Path, target: str | None) -> Any:
    """Return the rows of a file without the labels, where it holds any."""
    try:
        return read_rows(file, target)[0]
    except TrainingDataError:
        return read_rows(file, None)[0]
