"""Quantises graphs with ONNX Runtime: the durable way, since a worker needs nothing more than it has.

What was measured on a sentence encoder of 91 MB decides the options; `docs/how-to/quantise.md` has the
figures.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnxruntime
from onnxruntime.quantization import QuantType, quantize_dynamic, quantize_static
from onnxruntime.transformers.float16 import convert_float_to_float16

from headway.errors import QuantisationError
from headway.optimize.quantisation.kinds import Kind, Method
from headway.optimize.quantisation.onnx import as_float32, is_float64, read_graph
from headway.registry.reason import first_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.optimize.quantisation.kinds import Calibration

ENGINE = f"onnxruntime {onnxruntime.__version__}"
# What multiplies by weights: the rest costs little, and loses much in 8 bits
_WEIGHTED = ["MatMul", "Gemm", "Conv", "Gather"]
# What stays in 8 bits between two of these without losing any
_BETWEEN = ["Relu", "Clip", "MaxPool", "Reshape", "Flatten", "Transpose"]
# An own range for each column: one for the whole matrix loses four times as much. Weights of 7 bits:
# processors without VNNI add two products of 8 bits in 16, which overflow, and answer something else
_PER_CHANNEL = {"per_channel": True, "reduce_range": True, "weight_type": QuantType.QInt8}
_WORDS = {
    Kind.FP16: "weights and arithmetic in float16, inputs and outputs in float32",
    Kind.INT8: "weights in int8 for each channel, ranges of what it computes found for each batch",
    Kind.INT8_STATIC: "weights in int8 for each channel, ranges of what it computes from calibration rows",
}


def quantised_graph(
    graph: bytes, kind: Kind, calibration: Calibration | None = None
) -> tuple[bytes, Method]:
    """Return a graph in another precision, and how it was made.

    Args:
        graph: The exact graph.
        kind: What it is made to.
        calibration: Rows, for a kind that needs some.

    Raises:
        QuantisationError: There is nothing to quantise, or ONNX Runtime cannot do or execute it.
    """
    make = _MAKERS.get(kind)
    if make is None:
        raise QuantisationError(
            f"ONNX Runtime executes no {kind} on a processor",
            hint="what can: `--engine torch` for a module of PyTorch; or `--to fp16`, of the same size",
        )
    model = read_graph(graph)
    is_lowered = is_float64(model)
    if is_lowered:
        model = as_float32(model)
    try:
        made = make(model, calibration)
        _check_loads(made)
    except (
        Exception
    ) as error:  # ONNX Runtime's tools raise anything on an operator they do not know
        raise QuantisationError(
            f"ONNX Runtime makes no {kind} of this graph: {first_line(error)}"
        ) from error
    words = ("first cast to float32; " if is_lowered else "") + _WORDS[kind]
    return made, Method(ENGINE, words, _options(kind, calibration))


def _half(model: Any, _calibration: Calibration | None) -> bytes:
    made = convert_float_to_float16(model, keep_io_types=True)
    return bytes(made.SerializeToString(deterministic=True))


def _dynamic(model: Any, _calibration: Calibration | None) -> bytes:
    return _written(lambda path: quantize_dynamic(model, path, **_PER_CHANNEL))


def _static(model: Any, calibration: Calibration | None) -> bytes:
    return _written(
        lambda path: quantize_static(
            model, path, calibration, op_types_to_quantize=_WEIGHTED + _BETWEEN, **_PER_CHANNEL
        )
    )


_MAKERS: dict[Kind, Callable[[Any, Calibration | None], bytes]] = {
    Kind.FP16: _half,
    Kind.INT8: _dynamic,
    Kind.INT8_STATIC: _static,
}


def _options(kind: Kind, calibration: Calibration | None) -> dict[str, str]:
    if kind is Kind.FP16:
        return {"keep_io_types": "true"}
    options = {"per_channel": "true", "reduce_range": "true", "weight_type": "QInt8"}
    if kind is Kind.INT8_STATIC and calibration is not None:
        options |= {
            "format": "QDQ",
            "operators": ",".join(_WEIGHTED),
            "calibration_blocks": str(calibration.n_blocks),
        }
    return options


def _written(write: Callable[[Path], Any]) -> bytes:
    # its tools write files, and advice that is not for whoever optimises here
    logger, level = logging.getLogger(), logging.getLogger().level
    logger.setLevel(logging.ERROR)
    try:
        with tempfile.TemporaryDirectory(prefix="headway-") as folder:
            path = Path(folder) / "graph.onnx"
            write(path)
            return path.read_bytes()
    finally:
        logger.setLevel(level)


def _check_loads(graph: bytes) -> None:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
