"""Real rows of a release: its evaluation rows where the registry keeps some, else its golden rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.client.values import json_value
from headway.errors import ConfigError, TrainingDataError
from headway.testing.load.bodies import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.releases.kept_rows import KeptRows
    from headway.releases.resolve import ResolvedRelease


def release_rows(release: ResolvedRelease, kept: KeptRows | None) -> Rows:
    """Return rows that the release carries, or that the registry keeps beside it.

    Args:
        release: Whose rows.
        kept: Rows beside releases; `None` where there is no registry.

    Raises:
        ConfigError: It has none. The hint says which file to give.
        BundleCorruptError: They are not those that were registered.
    """
    label = f"{release.name}:{release.version}"
    if kept is not None and release.record is not None:
        try:
            batch = kept.evaluation(release.record, release.bundle.contract).batch
        except TrainingDataError:
            pass  # it kept none, or left out what is private
        else:
            return _rows(batch.names, batch.rows(), f"evaluation rows of {label}")
    golden = release.bundle.golden_rows()
    if golden is None or not golden.rows:
        raise ConfigError(f"`{label}` carries no rows", hint="give some with `--rows FILE`")
    return _rows(golden.names, golden.rows, f"golden rows of {label}")


def _rows(names: Sequence[str], rows: Sequence[tuple[Any, ...]], what: str) -> Rows:
    values = [
        {name: json_value(value) for name, value in zip(names, row, strict=True)} for row in rows
    ]
    return Rows(values, f"{len(values):,} {what}")
