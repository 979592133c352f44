"""Executes a lowered release: an encoder and one float64 graph, run by ONNX Runtime.

The graph takes one float64 matrix called `features`, shape (n_rows, n_features), beside it one for
each way in which texts are read, and gives
`label` (int64 positions in the contract's classes) and `probabilities` for a classification, with
`scores` where the model has a decision function, or `values` for anything else. A graph with a `guard`
gives NaN there for each row that the model refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime as ort
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from headway.contract.answers import class_array, label_outside
from headway.core.dtypes import Device, Method
from headway.core.prediction import Prediction
from headway.errors import (
    InputRefusedError,
    MethodNotSupportedError,
    PredictionError,
    RuntimeLoadError,
)
from headway.runtimes.port import REFUSED_HINT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from headway.contract.model import Output
    from headway.core.batch import FeatureBatch
    from headway.runtimes.encoder import Encoder
    from headway.runtimes.texts import TextEncoder

GRAPH_INPUT = "features"
GUARD = "guard"
# What a block of rows takes on the way stays in the processor's cache, and never fills the memory
_BLOCK_ROWS = 2_048
_BLOCK_NUMBERS = 2**18
_FEW_ROWS = 256
# Levels of ONNX Runtime's log
_ERROR, _FATAL = 3, 4
_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
# It leaves out a division by what is 1 only once it is a float32, and the like
_INEXACT = ["NoopElimination"]
# Without the floats of 19 bits that a GPU multiplies where it may: golden rows would tell
_PROVIDERS: dict[Device, list[Any]] = {
    Device.CPU: [_CPU],
    Device.CUDA: [(_CUDA, {"use_tf32": "0"}), _CPU],
}


class OnnxRuntime:
    """A lowered release.

    Args:
        graph: The serialised ONNX model.
        encoder: Encodes batches for the graph.
        output: The contract's output.

    Attributes:
        encoder: Encodes batches for the graph.

    Raises:
        RuntimeLoadError: ONNX Runtime does not load the graph, or it lacks an output.
    """

    form = "lowered"
    flavor = "onnx"

    def __init__(self, graph: bytes, encoder: Encoder, output: Output) -> None:
        self.encoder = encoder
        self._block_rows = min(_BLOCK_ROWS, max(1, _BLOCK_NUMBERS // max(1, encoder.n_terms)))
        self._output = output
        session = open_session(graph)
        self._run = _bare_run(session)
        # labels of several targets are the model's own numbers
        self._classes = class_array(output.classes) if output.classes else None
        available = {node.name for node in session.get_outputs()}
        self._fetches = self._plan_fetches(available)
        self._is_guarded = GUARD in available

    def _plan_fetches(self, available: set[str]) -> dict[Method, list[str]]:
        first = "values" if self._classes is None else "label"
        second = {Method.PREDICT_PROBA: "probabilities", Method.DECISION_FUNCTION: "scores"}
        fetches = {
            method: [first, second[method]] if method in second else [first]
            for method in self._output.methods
        }
        missing = {name for names in fetches.values() for name in names} - available
        if missing:
            raise RuntimeLoadError(f"the graph lacks the outputs {sorted(missing)}")
        guard = [GUARD] if GUARD in available else []
        return {method: names + guard for method, names in fetches.items()}

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        fetch = self._fetches.get(method)
        if fetch is None:
            raise MethodNotSupportedError(
                f"this model has no `{method}`",
                hint="it has " + ", ".join(f"`{m}`" for m in self._output.methods),
            )
        matrix = self.encoder.encode(batch)
        try:
            answers = self._answer(fetch, matrix, self.encoder.texts(batch))
        except Exception as error:  # as above
            raise PredictionError("the model raised on these rows") from error
        if self._is_guarded and np.isnan(answers[-1]).any():
            raise InputRefusedError("the model refuses a value of these rows", hint=REFUSED_HINT)
        values = answers[0] if self._classes is None else _labels(self._classes, answers[0])
        if method is Method.PREDICT_PROBA:
            return Prediction(values, probabilities=answers[1])
        if method is Method.DECISION_FUNCTION:
            return Prediction(values, scores=answers[1])
        return Prediction(values)

    def _answer(
        self,
        fetch: list[str],
        matrix: NDArray[np.float64],
        texts: list[tuple[TextEncoder, list[str]]],
    ) -> list[NDArray[Any]]:
        if len(matrix) <= self._block_rows:
            feeds = {encoder.tensor: encoder.matrix(values) for encoder, values in texts}
            answers: list[NDArray[Any]] = self._run(fetch, {GRAPH_INPUT: matrix, **feeds})
            return answers
        blocks = []
        for start in range(0, len(matrix), self._block_rows):
            rows = slice(start, start + self._block_rows)
            feeds = {encoder.tensor: encoder.matrix(values[rows]) for encoder, values in texts}
            blocks.append(self._run(fetch, {GRAPH_INPUT: matrix[rows], **feeds}))
        return [np.concatenate(parts) for parts in zip(*blocks, strict=True)]


def _bare_run(session: ort.InferenceSession) -> Callable[[list[str], dict[str, Any]], list[Any]]:
    """Return what the session's `run` calls: its checks of names take 2 us, a tenth of one prediction."""
    run = session._sess.run  # noqa: SLF001 - see above; the names were checked when it was loaded
    return lambda fetches, feeds: run(fetches, feeds, None)


def open_session(
    graph: bytes | Path, *, is_silent: bool = False, device: Device = Device.CPU
) -> ort.InferenceSession:
    """Return a session of one thread.

    Args:
        graph: The serialised ONNX model, or where it lies.
        is_silent: Whether nothing of it is printed, errors included; each is raised in any case.
        device: What executes it.

    Raises:
        RuntimeLoadError: ONNX Runtime does not load the graph, or has no such device.
    """
    if device is Device.CUDA and _CUDA not in ort.get_available_providers():
        raise RuntimeLoadError(
            "ONNX Runtime executes on no GPU here",
            hint='install `onnxruntime-gpu` and its CUDA libraries, or set `device = "cpu"`',
        )
    options = ort.SessionOptions()
    # One thread: a request is smaller than the cost of waking a second one, and workers are processes.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = _FATAL if is_silent else _ERROR
    given = graph if isinstance(graph, bytes) else str(graph)
    try:
        return ort.InferenceSession(
            given, options, providers=_PROVIDERS[device], disabled_optimizers=_INEXACT
        )
    except Exception as error:  # ONNX Runtime's own errors share no base class
        raise RuntimeLoadError(f"ONNX Runtime does not load the graph: {error}") from error


def is_refusal(error: Exception) -> bool:
    """Whether ONNX Runtime says that it is a value it was given, such as an index out of range."""
    return isinstance(error, InvalidArgument)


def _labels(classes: NDArray[Any], positions: NDArray[Any]) -> NDArray[Any]:
    n_rows = len(positions)
    # each is the cheapest way for so many rows
    if n_rows == 1:
        least = positions.item()
    else:
        least = min(positions.tolist()) if 1 < n_rows <= _FEW_ROWS else positions.min(initial=0)
    try:
        if least < 0:  # numpy would count it from the end
            raise IndexError  # noqa: TRY301 - the same fault as one beyond the end
        labels: NDArray[Any] = classes[positions]
    except IndexError:
        is_wrong = (positions < 0) | (positions >= len(classes))
        raise label_outside(int(np.argmax(is_wrong))) from None
    return labels
