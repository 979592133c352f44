"""Writes a module of PyTorch as one graph of named tensors, with a dynamic number of rows."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from headway.errors import LoweringError
from headway.optimize.onnx import tidied
from headway.registry.reason import first_line
from headway.runtimes.binding import Binding, bound_inputs
from headway.runtimes.torch import TorchRuntime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.runtimes.port import Runtime

# What every supported ONNX Runtime (1.22 and later) executes
_OPSET = 20
# One row, and often two, would be taken for the only number of rows that there can be
_N_EXAMPLES = 5
_LOGGERS = ("torch.onnx", "torch.export", "torch._dynamo", "onnxscript", "onnx_ir", "torch")


def export(native: Runtime, contract: Contract, rows: FeatureBatch) -> tuple[bytes, Binding]:
    """Return the graph of a module, and how features become its tensors.

    Args:
        native: Executes the module as it was loaded back.
        contract: Of the release.
        rows: Real rows that the contract accepts, at least one.

    Raises:
        LoweringError: PyTorch cannot export the module, or not with a dynamic number of rows.
    """
    if not isinstance(native, TorchRuntime):
        raise LoweringError(f"a `{type(native).__name__}` holds no module of PyTorch")
    some = rows.take(np.arange(_N_EXAMPLES) % rows.n_rows)
    tensors = native.tensors(some)
    try:
        with _quiet():
            proto = _exported(native.module, tensors)
    except (Exception, SystemExit) as error:
        raise LoweringError(f"PyTorch does not export it: {_reason(error)}") from error
    graph, inputs, outputs = tidied(proto)
    names = dict(zip(tensors, inputs, strict=True)) if len(tensors) == len(inputs) == 1 else {}
    bound = tuple(
        type(b)(names.get(b.name, b.name), b.features, b.element, b.shape)
        for b in bound_inputs(contract)
    )
    # what the module takes and never looks at is no input of its graph
    bound = tuple(b for b in bound if b.name in inputs)
    if len(outputs) != 1 or len(bound) != len(inputs):
        raise LoweringError(
            f"its graph takes {sorted(inputs)} and answers {len(outputs)} tensors, "
            "which is not what the module does"
        )
    return graph, Binding(bound, outputs[0])


def _exported(module: Any, tensors: dict[str, torch.Tensor]) -> Any:
    rows = torch.export.Dim("rows")
    is_single = len(tensors) == 1
    shapes = [{0: rows} for _ in tensors]
    with torch.no_grad():
        program = torch.onnx.export(
            module,
            tuple(tensors.values()) if is_single else (),
            kwargs=None if is_single else tensors,
            dynamic_shapes=tuple(shapes) if is_single else dict(zip(tensors, shapes, strict=True)),
            opset_version=_OPSET,
            dynamo=True,
            verbose=False,
        )
    return program.model_proto if program is not None else None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the exporter prints, warns and logs away from whoever registers a model."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _reason(error: BaseException) -> str:
    """Return the reason that is at the bottom: the exporter wraps it several times."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {first_line(error)}"
