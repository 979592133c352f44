"""`assert_parity`: the parity gate, as a test of one's own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from headway.contract.infer import infer_contract
from headway.core.clock import SystemClock
from headway.errors import ParityError, TrainingDataError
from headway.optimize.comparison import EXACT
from headway.optimize.lowering.form import Landmarks, LoweredForm
from headway.optimize.lowering.lower import lower
from headway.optimize.parity import Effort, Pair, check_parity
from headway.optimize.partial import plain_encoder
from headway.optimize.probe_rows import probe_rows
from headway.optimize.sklearn import describe_output
from headway.releases.rows import accepted, array_names, labelled_rows
from headway.runtimes.sklearn import SklearnRuntime
from headway.testing.forms import runtime_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from headway.contract.model import Contract
    from headway.optimize.comparison import Tolerance
    from headway.optimize.report import ParityReport


def assert_parity(
    model: Any,
    lowered: Any,
    data: Any,
    *,
    tolerance: Tolerance = EXACT,
    effort: Effort | None = None,
    leave_out: Collection[str] = (),
) -> ParityReport:
    """Hold another form of a model to the model, row by row, as registration does.

    Compared are the rows of `data` as they are, rows made for the edges of each feature, and rows on
    every threshold of the model's trees. No row may differ by more than the tolerance.

    Args:
        model: A fitted model with the methods of scikit-learn.
        lowered: What is to stand for it: a `LoweredForm`; an ONNX file as a path or as bytes; a
            runtime; or a function that takes what the model takes, and returns what its `predict`
            or, with a column for each class, its `predict_proba` returns.
        data: Rows as the model takes them, a frame or an array: best 1,000 of those that it was fitted on.
        tolerance: `EXACT` (1e-12) for forms that compute in float64, `SINGLE` (1e-6) in float32.
        effort: How much is compared, and for how long; by default as at registration.
        leave_out: Kinds of rows that are not compared, such as `infinite`; the report lists all kinds.

    Returns:
        What was compared, the largest difference, and what a row costs in both forms.

    Raises:
        ParityError: A row differs, or the time ended before enough was compared.
        TrainingDataError: Nothing can be learned from `data`.
        RuntimeLoadError: `lowered` is not what it is to be.

    Examples:
        >>> import numpy as np
        >>> from sklearn.linear_model import LinearRegression
        >>> from headway.testing import assert_parity
        >>> X = np.random.default_rng(0).normal(size=(200, 3))
        >>> model = LinearRegression().fit(X, X @ [1.0, 2.0, 3.0])
        >>> def plain(rows):
        ...     return rows @ model.coef_ + model.intercept_
        >>> assert_parity(model, plain, X, leave_out={"infinite", "missing"}).passed
        True
        >>> try:
        ...     assert_parity(model, lambda rows: plain(rows) + 1e-9, X)
        ... except ParityError as error:
        ...     error.row, round(error.max_abs_difference, 12)
        (0, 1e-09)
    """
    contract = infer_contract(data, describe_output(model)).contract
    _, rows = accepted(contract, labelled_rows(data, None).batch(array_names(contract)))
    if not rows.n_rows:
        raise TrainingDataError("no row of the data is one that a request can hold")
    form = lowered if isinstance(lowered, LoweredForm) else _known_form(model, contract)
    runtime, methods = runtime_of(lowered, form, contract, rows)
    output = msgspec.structs.replace(contract.output, methods=methods)
    pair = Pair(SklearnRuntime(model, contract), runtime, output)
    probes = [
        probe
        for probe in probe_rows(contract, form, rows)
        if probe.kind not in leave_out and (probe.pair is None or form is lowered)
    ]
    report = check_parity(
        pair, probes, clock=SystemClock(), effort=effort or Effort(), tolerance=tolerance
    )
    if not report.passed:
        raise _error(report)
    return report


def _known_form(model: Any, contract: Contract) -> LoweredForm:
    """Return the form that tells where the model's answers may change, as far as that is known."""
    try:
        return lower(model, contract)
    except Exception:  # noqa: BLE001 (a model's attributes may raise anything)
        return LoweredForm(b"", plain_encoder(contract), Landmarks())


def _error(report: ParityReport) -> ParityError:
    failure = report.failure
    if failure is None:
        message, difference, allowed, row = report.reason, None, 0.0, -1
    else:
        difference, allowed, row = failure.difference, failure.allowed, failure.row
        told = (
            ""
            if difference is None
            else f": a difference of {difference:g}, allowed is {allowed:g}"
        )
        message = f"{report.reason} (row {row} of its kind){told}"
    return ParityError(
        message,
        max_abs_difference=math.inf if difference is None else difference,
        tolerance=allowed,
        row=row,
    )
