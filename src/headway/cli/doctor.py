"""`headway doctor`: what is wrong with this installation, and what is slow."""

from __future__ import annotations

import collections
import dataclasses
from typing import TYPE_CHECKING

import click

from headway import api
from headway.cli.console import CHECK_FAILED
from headway.cli.invocation import Command, Invocation
from headway.cli.rich import progress

if TYPE_CHECKING:
    from headway.cli.console import Console
    from headway.diagnosis.finding import Finding, State

STATES: tuple[State, ...] = ("ok", "warning", "failed")


@click.command(cls=Command)
@click.argument("models", metavar="[MODEL...]", nargs=-1)
@click.option("--trust", is_flag=True, help="Run code (pickle) of a registry that is not trusted.")
@click.pass_obj
def doctor(invocation: Invocation, models: tuple[str, ...], trust: bool) -> int:
    """Say what is wrong with this installation, and what is slow.

    It looks at versions, settings, ports, the registry and local copies, and loads each release to
    measure what an answer costs. [MODEL...] are addresses; without one, the champion of every model.
    It ends with 7 where a check failed, and with 0 where there are only warnings.
    """
    console = invocation.console
    with progress(console) as on_progress:
        findings = api.doctor(
            *models, trust=trust, overrides=invocation.overrides, on_progress=on_progress
        )
    counts = collections.Counter(finding.state for finding in findings)
    if console.json:
        document = {state: counts[state] for state in STATES}
        found = [dataclasses.asdict(finding) for finding in findings]
        console.document({**document, "findings": found})
    else:
        _print(console, findings)
        console.note(", ".join(f"{counts[state]} {state}" for state in STATES))
    return CHECK_FAILED if counts["failed"] else 0


def _print(console: Console, findings: list[Finding]) -> None:
    rows = [(finding.state, finding.check, finding.measured) for finding in findings]
    console.table(("STATE", "CHECK", "MEASURED"), rows)
    hints = [finding for finding in findings if finding.hint]
    for finding in sorted(hints, key=lambda finding: -STATES.index(finding.state)):
        console.text(f"{finding.check}: {finding.hint}")
