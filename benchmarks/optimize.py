"""CPU a row of models in their native and their lowered form, and what the parity gate compared.

Both forms run in one process, one after the other, on one thread; the unit is CPU time. `--write` puts the
tables into the documentation.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from budgets import Budgets
from optimize_models import Measured, models
from process_tree import load_average

from headway.contract.infer import infer_contract
from headway.core.batch import FeatureBatch
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.optimize.candidates import find_form
from headway.optimize.sklearn import describe_output
from headway.optimize.timing import measure_alone, median_cpu_ratio
from headway.releases.rows import LabelledRows, array_names
from headway.runtimes.sklearn import SklearnRuntime

if TYPE_CHECKING:
    from headway.optimize.candidates import Form
    from headway.runtimes.port import Runtime

SIZES = (1, 8, 64, 1_000, 100_000)
BULK_ROWS = 1_000
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "what-lowering-gives.md"
# One row costs microseconds, and many rows milliseconds
_ONE_ROW_BUDGETS = {"trees": "trees_one_row_us", "booster": "trees_one_row_us", "credit": "credit_one_row_us"}  # fmt: skip
_BULK_BUDGETS = {
    "trees": "sklearn_bulk_ratio",
    "credit": "sklearn_bulk_ratio",
    "booster": "booster_bulk_ratio",
}


@dataclasses.dataclass(frozen=True)
class Row:
    """What was measured of one model.

    Attributes:
        measured: The model.
        form: What it is served in.
        seconds: CPU of lowering it and comparing the forms.
        native_us: CPU microseconds a row, by rows of a call.
        lowered_us: Likewise.
        bulk_ratio: CPU of 1,000 rows lowered, as a share of the fastest native call.
    """

    measured: Measured
    form: Form
    seconds: float
    native_us: dict[int, float]
    lowered_us: dict[int, float]
    bulk_ratio: float


def main() -> None:
    """Measure, print, and end with 1 where a budget is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    arguments = parser.parse_args()
    budgets = Budgets("optimize")
    before = load_average()
    rows = []
    for make in models():
        rows.append(measure(make()))
        check(budgets, rows[-1])
    text = page(rows)
    print(text)
    if arguments.write:
        PAGE.write_text(text)
    print(f"load average {before:.2f} before, {load_average():.2f} after")
    budgets.end()


def measure(measured: Measured) -> Row:
    """Lower one model, hold it to the native one, and time both."""
    contract = infer_contract(measured.rows, describe_output(measured.model)).contract
    native = SklearnRuntime(measured.model, contract)
    batch = LabelledRows(measured.rows, None).batch(array_names(contract))
    started_s = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        form = find_form(measured.model, native, contract, batch, clock=SystemClock())
    seconds = time.process_time() - started_s
    if form.runtime is None:
        raise SystemExit(f"{measured.name}: {form.reason}")
    method = contract.output.methods[-1]
    native_us, lowered_us = {}, {}
    for n_rows in SIZES:
        rows = repeated(batch, n_rows)
        native_us[n_rows] = measure_alone(native, rows, method).cpu_us_per_row
        lowered_us[n_rows] = measure_alone(form.runtime, rows, method).cpu_us_per_row
    return Row(
        measured,
        form,
        seconds,
        native_us,
        lowered_us,
        bulk_ratio(measured, form.runtime, batch, method),
    )


def repeated(batch: FeatureBatch, n_rows: int) -> FeatureBatch:
    """Return so many rows: by row as a request holds few, by column as a file holds many."""
    taken = batch.take(np.resize(np.arange(batch.n_rows), n_rows).tolist())
    if n_rows < BULK_ROWS:
        return FeatureBatch.from_rows(batch.names, taken.rows())
    return FeatureBatch.from_columns(batch.names, taken.columns())


def bulk_ratio(measured: Measured, lowered: Runtime, batch: FeatureBatch, method: Method) -> float:
    """Return the median of 20 pairs of runs: CPU of the lowered form over the fastest native call."""
    rows = repeated(batch, BULK_ROWS)
    return median_cpu_ratio(lowered, _Fastest(measured, batch, method), rows, method)


class _Fastest:
    """The library's own fastest call, on a frame or array that is ready."""

    form = "native"
    flavor = "sklearn"

    def __init__(self, measured: Measured, batch: FeatureBatch, method: Method) -> None:
        positions = np.resize(np.arange(batch.n_rows), BULK_ROWS)
        self._rows = (
            measured.rows.iloc[positions]
            if hasattr(measured.rows, "iloc")
            else measured.rows[positions]
        )
        self._call = measured.fastest_native or getattr(measured.model, method)

    def predict(self, _batch: FeatureBatch, _method: Method) -> Any:
        """Answer the rows that it holds."""
        return self._call(self._rows)


def check(budgets: Budgets, row: Row) -> None:
    """Print one model's figures beside their budgets."""
    kind = row.measured.kind
    print(row.measured.name, flush=True)
    if kind in _ONE_ROW_BUDGETS:
        print("  us of CPU for one row", budgets.check(_ONE_ROW_BUDGETS[kind], row.lowered_us[1]))
    if kind in _BULK_BUDGETS:
        print(
            "  1,000 rows of the fastest native call",
            budgets.check(_BULK_BUDGETS[kind], row.bulk_ratio),
        )
    if kind in {"trees", "booster"}:
        print("  s of CPU to lower and to compare", budgets.check("gate_s", row.seconds))


def page(rows: list[Row]) -> str:
    """Return the tables as a page."""
    return "\n".join(
        [
            "# What lowering gives: measured",
            "",
            "`python benchmarks/optimize.py --write` makes this page. CPU microseconds a row, native / lowered, in calls of so many",
            "rows, on one thread, encoder and frame included; both forms in one run. The last column is the CPU of 1,000 rows in the",
            "lowered form over the library's own fastest call on an array that is ready (`inplace_predict` of XGBoost, `Booster.predict` of",
            "LightGBM, else `predict_proba`), the median of 20 pairs.",
            "",
            "| model | "
            + " | ".join(f"{n:,} row{'s' if n > 1 else ''}" for n in SIZES)
            + " | 1,000 rows, ratio |",
            "|---|" + "---:|" * (len(SIZES) + 1),
            *[_times(row) for row in rows],
            "",
            "Every row that the parity gate compared, and how many were above the tolerance:",
            "",
            "| model | rows compared | on thresholds | above tolerance | largest difference | refused by both | graph, MB | lowered and compared, s of CPU |",
            "|---|---:|---:|---:|---:|---:|---:|---:|",
            *[_parity(row) for row in rows],
            "",
        ]
    )


def _times(row: Row) -> str:
    cells = [f"{_us(row.native_us[n])} / {_us(row.lowered_us[n])}" for n in SIZES]
    return f"| {row.measured.name} | {' | '.join(cells)} | {row.bulk_ratio:.2f} |"


def _parity(row: Row) -> str:
    report, lowered = row.form.report, row.form.lowered
    if report is None or lowered is None:
        raise SystemExit(f"{row.measured.name}: nothing was compared")
    n_rows = sum(kind.compared for kind in report.rows.values())
    on_thresholds = sum(
        of.compared for kind, of in report.rows.items() if kind.startswith("threshold")
    )
    return (
        f"| {row.measured.name} | {n_rows:,} | {on_thresholds:,} | {0 if report.passed else 1} | "
        f"{report.max_abs_difference or 0.0:.1e} | {report.refused_rows:,} | {len(lowered.graph) / 1e6:.2f} | {row.seconds:.1f} |"
    )


def _us(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"  # noqa: PLR2004


if __name__ == "__main__":
    main()
