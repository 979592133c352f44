"""A fitted model with everything that the parity gate needs."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np
import pandas as pd

from headway.contract.infer import infer_contract
from headway.contract.model import Contract
from headway.core.batch import FeatureBatch
from headway.core.clock import SystemClock
from headway.optimize.lowering.form import LoweredForm
from headway.optimize.lowering.lower import lower
from headway.optimize.parity import Effort, Pair, check_parity
from headway.optimize.probe_rows import probe_rows
from headway.optimize.report import ParityReport
from headway.optimize.sklearn import describe_output
from headway.runtimes.onnx import OnnxRuntime
from headway.runtimes.sklearn import SklearnRuntime

# A tenth of what registration compares: there are many models here
QUICK = Effort(time_budget_s=60, n_single_rows=12, n_small_blocks=8)


@dataclasses.dataclass(frozen=True)
class Trained:
    """A fitted model, its contract and real rows."""

    model: Any
    contract: Contract
    rows: FeatureBatch

    @property
    def native(self) -> SklearnRuntime:
        return SklearnRuntime(self.model, self.contract)

    def lower(self) -> LoweredForm:
        return lower(self.model, self.contract)

    def runtime(self, form: LoweredForm) -> OnnxRuntime:
        return OnnxRuntime(form.graph, form.encoder, self.contract.output)

    def check(self, form: LoweredForm, effort: Effort = QUICK) -> ParityReport:
        """Run the gate on a form."""
        return check_parity(
            Pair(self.native, self.runtime(form), self.contract.output),
            probe_rows(self.contract, form, self.rows),
            clock=SystemClock(),
            effort=effort,
            tolerance=form.tolerance,
        )


def trained(model: Any, X: Any, y: Any, rows: Any = None) -> Trained:  # noqa: N803 - as estimators call it
    """Fit a model and learn its contract; `rows` are the real rows, those of `X` unless given."""
    fit(model, X, y)
    contract = infer_contract(X, describe_output(model)).contract
    return Trained(model, contract, batch_of(contract.names, X if rows is None else rows))


def fit(model: Any, X: Any, y: Any) -> None:  # noqa: N803 - as estimators call it
    """Fit a model; one that does not converge is a model all the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)


def batch_of(names: tuple[str, ...], data: Any) -> FeatureBatch:
    """Return a frame's or an array's rows as a batch, missing as `None` or NaN."""
    if isinstance(data, np.ndarray):
        columns: list[Any] = [data[:, j] for j in range(data.shape[1])]
        return FeatureBatch.from_columns(
            names, [_plain(column) if column.dtype.kind == "O" else column for column in columns]
        )
    return FeatureBatch.from_columns(
        names,
        [
            series.to_numpy()
            if isinstance(series.dtype, np.dtype) and series.dtype.kind in "fiub"
            else _plain(series)
            for _, series in data.items()
        ],
    )


def _plain(values: Any) -> list[Any]:
    return [
        None if pd.isna(value) else value.item() if isinstance(value, np.generic) else value
        for value in values
    ]
