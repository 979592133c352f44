"""The model card: what a release is, on one page, for people."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from headway.contract.model import OutputRules
from headway.contract.schema import declared_about, describe_answers, type_words
from headway.releases.loss import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from headway.bundle.manifest import Execution
    from headway.contract.model import Contract, Feature, Output
    from headway.releases.loss import LossReport

_MAX_CATEGORIES = 6
_MAX_CLASSES = 20


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What a card tells.

    Attributes:
        name: Name of the model.
        label: The user's own name of the version, or empty.
        created_at: ISO 8601, UTC.
        model_class: Class of the native model.
        contract: Contract of the release.
        execution: Form that is served, and why.
        parity: Report of the parity gate; `None` where there is none.
        metrics: Measured on the evaluation rows.
        notes: What its owner should know, one sentence each.
        absent: What is not recorded, with the reason.
        libraries: Version by library.
        tags: Lineage.
        n_golden_rows: Training rows that the release carries.
        n_evaluation_rows: Rows with labels that are kept beside it.
        n_calibration_rows: Training rows that are kept beside it.
        loss: What a lossy form loses; `None` for an exact one.
    """

    name: str
    label: str
    created_at: str
    model_class: str
    contract: Contract
    execution: Execution
    parity: Mapping[str, Any] | None
    metrics: Mapping[str, float]
    notes: Sequence[str]
    absent: Mapping[str, str]
    libraries: Mapping[str, str]
    tags: Mapping[str, str]
    n_golden_rows: int
    n_evaluation_rows: int = 0
    n_calibration_rows: int = 0
    loss: LossReport | None = None


def write_card(facts: CardFacts) -> str:
    """Return the card as Markdown."""
    contract, output = facts.contract, facts.contract.output
    title = f"# {facts.name}" + (f" ({facts.label})" if facts.label else "")
    summary = [
        f"A {output.task} by `{facts.model_class}`, registered at {facts.created_at}.",
        f"It answers {', '.join(f'`{method}`' for method in output.methods)}.",
        *_classes(output.labels),
    ]
    sections = [
        (title, [" ".join(summary)]),
        (
            "## Training data",
            [
                f"{contract.n_training_rows:,} rows of {len(contract.features)} features.",
                _golden(facts.n_golden_rows, contract),
                *_kept(facts),
            ],
        ),
        ("## Contract", [*_contract_table(contract), *_rules(contract)]),
        ("## Answers", _answers(output)),
        ("## Form", [f"Served {facts.execution.reason}.", *_parity(facts)]),
        ("## What it loses", _loss(facts.loss)),
        ("## Metrics", _metrics(facts.metrics)),
        ("## Notes", [f"- {note}" for note in facts.notes]),
        ("## Not recorded", [f"- {what}: {why}" for what, why in sorted(facts.absent.items())]),
        ("## Made with", _table(("library", "version"), facts.libraries.items())),
        ("## Lineage", _table(("", ""), sorted(facts.tags.items()))),
    ]
    return (
        "\n\n".join("\n".join([heading, "", *lines]) for heading, lines in sections if lines) + "\n"
    )


def _classes(classes: Sequence[Any]) -> list[str]:
    if not classes:
        return []
    more = f" and {len(classes) - _MAX_CLASSES} more" if len(classes) > _MAX_CLASSES else ""
    return [f"Its classes are {', '.join(f'`{c}`' for c in classes[:_MAX_CLASSES])}{more}."]


def _answers(output: Output) -> list[str]:
    """Return how answers are shaped; nothing where they are the model's own."""
    is_shaped = output.rules != OutputRules()
    return _table(("", ""), describe_answers(output)) if is_shaped else []


def _golden(n_rows: int, contract: Contract) -> str:
    if not n_rows:
        return "The release carries none of them."
    private = [f"`{feature.name}`" for feature in contract.features if feature.is_private]
    disguise = f" Their values of {', '.join(private)} are made up." if private else ""
    return (
        f"The release carries {n_rows} of them with the model's answers, to be replayed.{disguise}"
    )


def _kept(facts: CardFacts) -> list[str]:
    """Say which rows the registry keeps beside the release: never in it, nor in what is deployed."""
    kept = []
    if facts.n_calibration_rows:
        kept.append(f"{facts.n_calibration_rows:,} training rows to calibrate smaller forms by")
    if facts.n_evaluation_rows:
        kept.append(
            f"{facts.n_evaluation_rows:,} rows with labels that the model was not fitted on"
        )
    return [f"The registry keeps beside it {' and '.join(kept)}."] if kept else []


def _contract_table(contract: Contract) -> list[str]:
    return _table(
        ("feature", "type", "null", "seen in training", "refused unless"),
        (
            (
                feature.name,
                type_words(feature),
                "yes" if feature.accepts_null else "no",
                _seen(feature),
                declared_about(feature),
            )
            for feature in contract.features
        ),
    )


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _seen(feature: Feature) -> str:
    observed = feature.observed
    parts = []
    if observed.minimum is not None and observed.maximum is not None:
        parts.append(f"{_shown(observed.minimum)} to {_shown(observed.maximum)}")
    if observed.categories is not None:
        shown = ", ".join(map(str, observed.categories[:_MAX_CATEGORIES]))
        parts.append(shown + (", ..." if len(observed.categories) > _MAX_CATEGORIES else ""))
    elif observed.n_categories is not None:
        parts.append(f"{observed.n_categories:,} values")
    if observed.missing_ratio:
        parts.append(f"{observed.missing_ratio:.1%} missing")
    return "; ".join(parts)


def _rules(contract: Contract) -> list[str]:
    if not contract.rules:
        return []
    rows = ((rule.name, f"`{rule.expression}`", rule.message) for rule in contract.rules)
    return ["", *_table(("rule", "a row is refused unless", "what it is told"), rows)]


def _parity(facts: CardFacts) -> list[str]:
    plain = [
        (name.replace("_", " "), value)
        for name, value in (facts.parity or {}).items()
        if isinstance(value, str | int | float | bool) and name != "reason"
    ]
    return ["", *_table(("parity gate", ""), plain)] if plain else []


def _loss(report: LossReport | None) -> list[str]:
    if report is None:
        return []
    budget = report.budget
    rows = [[_number(cell) for cell in row] for row in table(report)]
    return [
        f"This is not the model that was trained, but `{report.parent}` made smaller to {report.kind} "  # noqa: ISC004
        f"by {report.engine}: {report.method}. `{budget.metric}` may become {budget.max_drop:g} worse.",
        "",
        *_table(("", report.parent, report.kind), rows),
    ]


def _number(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _metrics(metrics: Mapping[str, float]) -> list[str]:
    if not metrics:
        return []
    rows = ((name, f"{value:.6g}") for name, value in metrics.items())
    return [
        "What is served, on rows that it was not fitted on:",
        "",
        *_table(("metric", "value"), rows),
    ]


def _table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    lines = ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    if not lines:
        return []
    return ["| " + " | ".join(headings) + " |", "|" + " --- |" * len(headings), *lines]


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
