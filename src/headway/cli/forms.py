"""How the forms of a release are shown."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from headway.cli.console import Console
    from headway.releases.forms import ReleaseForms

_INDENT = "  "


def print_forms(console: Console, forms: ReleaseForms, *, explain: bool) -> None:
    """Print which forms there are, what each costs, and what was compared.

    Args:
        console: Gets the tables, or one JSON document.
        forms: Of a release.
        explain: Whether to print every step.
    """
    if console.json:
        console.document(forms_document(forms))
        return
    console.text(f"{forms.address}: {forms.reason}")
    if explain:
        _print_steps(console, forms)
    _print_times(console, forms)
    _print_parity(console, forms)
    console.text(f"served: {forms.form}; in batch: {forms.batch_form}")


def forms_document(forms: ReleaseForms) -> dict[str, Any]:
    """Return the forms of a release as one document."""
    document = dataclasses.asdict(forms)
    document["steps"] = [msgspec.to_builtins(step) for step in forms.steps]
    return document


def _print_steps(console: Console, forms: ReleaseForms) -> None:
    if not forms.steps:
        console.note("what became of its steps was not recorded: register it again to know")
        return
    rows = [
        (_INDENT * (len(step.path) - 1) + step.path[-1], step.kind, step.form, step.reason)
        for step in forms.steps
    ]
    console.table(("STEP", "CLASS", "FORM", "WHY"), rows)


def _print_times(console: Console, forms: ReleaseForms) -> None:
    measured = [candidate for candidate in forms.candidates if candidate.cpu_us_per_row]
    sizes = sorted({n_rows for candidate in measured for n_rows in candidate.cpu_us_per_row})
    if measured:
        rows = [
            (
                candidate.form,
                f"{candidate.size_bytes / 1e6:,.3f}",
                *(_microseconds(candidate.cpu_us_per_row.get(n_rows)) for n_rows in sizes),
            )
            for candidate in measured
        ]
        heading = (
            "FORM",
            "MB",
            *(f"{n_rows:,} ROW{'S' if n_rows > 1 else ''}" for n_rows in sizes),
        )
        console.table(heading, rows)
        console.note("CPU microseconds a row, in calls of so many rows, on one thread")
    for candidate in forms.candidates:
        if candidate.problem:
            console.note(f"the {candidate.form} form was not measured: {candidate.problem}")


def _microseconds(number: float | None) -> str:
    return "-" if number is None else f"{number:,.1f}" if number < 100 else f"{number:,.0f}"  # noqa: PLR2004


def _print_parity(console: Console, forms: ReleaseForms) -> None:
    parity = forms.parity
    if parity is None:
        return
    rows = [
        (kind, f"{of['compared']:,}", f"{of['planned']:,}") for kind, of in parity["rows"].items()
    ]
    console.table(("ROWS", "COMPARED", "PLANNED"), rows)
    tolerance = parity["tolerance"]
    console.text(
        f"largest difference {parity['max_abs_difference']:.3g}, which is at most "
        f"{parity['max_tolerance_ratio']:.2%} of what is allowed ({tolerance['atol']:g} + "
        f"{tolerance['rtol']:g} of the answer); {parity['label_ties']} ties; both "
        f"forms refused {parity['refused_rows']} rows; the comparison took {parity['elapsed_s']:.1f} s"
        if parity["max_abs_difference"] is not None
        else parity["reason"]
    )
