"""Writes the bundle of a lossy form: what serves it, what it was made of, and what it loses.

Invariant: it holds no exact form and no native model; who needs these finds them at the parent.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec

from headway.bundle import layout
from headway.bundle.bundle import BundleDescription, write_bundle
from headway.core.batch import FeatureBatch
from headway.releases.card import CardFacts, write_card
from headway.releases.golden import record
from headway.releases.lineage import LOSSY_LOSS_TAG
from headway.releases.register import MODEL_CLASS_TAG

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from headway.bundle.bundle import Bundle
    from headway.bundle.golden import GoldenRows
    from headway.bundle.manifest import Execution
    from headway.releases.loss import LossReport
    from headway.runtimes.port import Runtime

_AT_PARENT = "the native model lies at {}"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LossyFacts:
    """What is said about a lossy version.

    Attributes:
        parent: Address of the exact version.
        label: The user's own name of the version, or empty.
        created_at: ISO 8601, UTC.
        execution: How it is executed.
        files: What is executed, by path.
        tags: Lineage.
        notes: What its owner should know.
    """

    parent: str
    label: str
    created_at: str
    execution: Execution
    files: Mapping[str, bytes]
    tags: Mapping[str, str]
    notes: tuple[str, ...]

    def telling(self, lost: str) -> LossyFacts:
        """Return the facts with what the form loses, in one line."""
        execution = msgspec.structs.replace(self.execution, reason=lost)
        tags = {**self.tags, LOSSY_LOSS_TAG: lost}
        return dataclasses.replace(self, execution=execution, tags=tags)


def golden_of(parent: Bundle, runtime: Runtime, tolerance: float) -> GoldenRows | None:
    """Return the golden rows of a parent with the answers of its lossy form.

    Args:
        parent: Its rows are kept.
        runtime: Executes the lossy form.
        tolerance: Relative and absolute difference that a replay may have.
    """
    golden = parent.golden_rows()
    if golden is None:
        return None
    rows = FeatureBatch.from_rows(golden.names, golden.rows)
    recorded = record(parent.contract, rows, runtime)
    return msgspec.structs.replace(recorded, rtol=tolerance, atol=tolerance)


def write_lossy_bundle(
    folder: Path,
    parent: Bundle,
    facts: LossyFacts,
    golden: GoldenRows | None = None,
    report: LossReport | None = None,
) -> Bundle:
    """Write a bundle into an empty folder.

    Args:
        folder: Where to.
        parent: The exact release.
        facts: What is said about it.
        golden: Rows with the answers of the lossy form; `None` for none.
        report: What it loses; `None` before that is known.
    """
    files = {**_kept(parent, facts.execution.code_path), **facts.files}
    absent = dict(parent.manifest.absent) | {"native model": _AT_PARENT.format(facts.parent)}
    if golden is not None:
        files[layout.GOLDEN] = _json(golden)
    if report is not None:
        files[layout.LOSS] = report.to_json()
    files[layout.CARD] = write_card(_card(parent, facts, golden, report, absent)).encode()
    folder.mkdir(parents=True, exist_ok=True)
    manifest = parent.manifest
    description = BundleDescription(
        name=manifest.name,
        label=facts.label,
        created_at=facts.created_at,
        execution=facts.execution,
        libraries=manifest.libraries,
        absent=absent,
    )
    return write_bundle(folder, files, description)


def _kept(parent: Bundle, code: str) -> dict[str, bytes]:
    """Return the files of a parent that hold for its lossy form too, modules in the folder `code` among them."""
    names = [layout.CONTRACT, layout.VALIDATOR]
    names += [name for name in parent.manifest.files if code and name.startswith(f"{code}/")]
    return {name: parent.read_bytes(name) for name in names if name in parent.manifest.files}


def _card(
    parent: Bundle,
    facts: LossyFacts,
    golden: GoldenRows | None,
    report: LossReport | None,
    absent: dict[str, str],
) -> CardFacts:
    metrics = {} if report is None else report.loss.metrics
    return CardFacts(
        name=parent.manifest.name,
        label=facts.label,
        created_at=facts.created_at,
        model_class=facts.tags.get(MODEL_CLASS_TAG, "a model"),
        contract=parent.contract,
        execution=facts.execution,
        parity=None,
        metrics={name: change.after for name, change in metrics.items()},
        notes=facts.notes,
        absent=absent,
        libraries=parent.manifest.libraries,
        tags=facts.tags,
        n_golden_rows=0 if golden is None else len(golden.rows),
        loss=report,
    )


def _json(document: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=1)
