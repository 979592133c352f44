"""Executes a graph of named tensors: a lowered net, or an ONNX file of the user's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.core.dtypes import Device, Method
from headway.errors import InputRefusedError, PredictionError, RuntimeLoadError
from headway.runtimes.binding import Binding, BoundInput, Feeder, bound_inputs
from headway.runtimes.net_answers import NetAnswers
from headway.runtimes.onnx import is_refusal, open_session
from headway.runtimes.port import REFUSED_HINT

if TYPE_CHECKING:
    from pathlib import Path

    import onnxruntime as ort
    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.core.prediction import Prediction
    from headway.runtimes.binding import Tensors

# What a block takes on the way never fills the memory
_BLOCK_ROWS = 1_024
_N_WITH_LABEL = 2
_TYPE = re.compile(r"tensor\((\w+)\)")
_ELEMENTS = {"float": "float32", "double": "float64"}


class OnnxGraphRuntime:
    """A graph of named tensors.

    Args:
        session: Of the graph, silent: what a client sent is no line of the server's log.
        binding: Binds features to its inputs.
        contract: Of the release.

    Raises:
        RuntimeLoadError: The graph is not the one of the binding.
    """

    form = "lowered"
    flavor = "onnx"

    def __init__(self, session: ort.InferenceSession, binding: Binding, contract: Contract) -> None:
        wanted = {binding.values, binding.label} - {""}
        missing = {bound.name for bound in binding.inputs}.symmetric_difference(
            node.name for node in session.get_inputs()
        ) | wanted.difference(node.name for node in session.get_outputs())
        if missing:
            raise RuntimeLoadError(f"the graph and its binding differ in {sorted(missing)}")
        self.binding = binding
        self._run = session.run
        self._feeder = Feeder(binding.inputs, contract.names)
        self._answers = NetAnswers(contract.output)

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        self._answers.check_method(method)
        try:
            tensors = self._feeder.feed(batch)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise InputRefusedError(
                "the model refuses a value of these rows", hint=REFUSED_HINT
            ) from error
        binding, n_rows = self.binding, batch.n_rows
        if not binding.label:
            (values,) = self._answer([binding.values], tensors, n_rows)
            return self._answers.read(values, n_rows, method)
        if method is Method.PREDICT:
            (labels,) = self._answer([binding.label], tensors, n_rows)
            return self._answers.labelled(labels, None, n_rows)
        labels, values = self._answer([binding.label, binding.values], tensors, n_rows)
        return self._answers.labelled(labels, values, n_rows)

    def _answer(self, fetch: list[str], tensors: Tensors, n_rows: int) -> list[NDArray[Any]]:
        try:
            if n_rows <= _BLOCK_ROWS:
                answers: list[NDArray[Any]] = self._run(fetch, tensors)
                return answers
            blocks = [
                self._run(
                    fetch, {name: array[i : i + _BLOCK_ROWS] for name, array in tensors.items()}
                )
                for i in range(0, n_rows, _BLOCK_ROWS)
            ]
        except Exception as error:  # ONNX Runtime's own errors share no base class
            if is_refusal(error):
                raise InputRefusedError(
                    "the model refuses a value of these rows", hint=REFUSED_HINT
                ) from error
            raise PredictionError("the model raised on these rows") from error
        return [np.concatenate(parts) for parts in zip(*blocks, strict=True)]


def load_graph(
    graph: bytes | Path,
    contract: Contract,
    binding: Binding | None = None,
    device: Device = Device.CPU,
) -> OnnxGraphRuntime:
    """Return what executes a serialised ONNX model.

    Args:
        graph: The model; a path is read without a copy of the whole in memory.
        contract: Of the release.
        binding: Binds features to its inputs; `None` for a graph that says itself what it takes.
        device: What executes it.

    Raises:
        RuntimeLoadError: ONNX Runtime does not load the graph, or its inputs are not the contract's.
    """
    # one, and no second to read from: each takes the memory of the whole graph
    session = open_session(graph, is_silent=True, device=device)
    return OnnxGraphRuntime(session, binding or _bound(session, contract), contract)


def _bound(session: ort.InferenceSession, contract: Contract) -> Binding:
    """Bind the features of a contract to the inputs of a graph."""
    nodes = {node.name: node for node in session.get_inputs()}
    described = bound_inputs(contract)
    if len(nodes) == len(described) == 1:
        names = list(nodes)
    else:
        names = [bound.name for bound in described]
    if set(names) != set(nodes):
        raise RuntimeLoadError(
            f"the graph takes {sorted(nodes)} and the contract has {sorted(names)}"
        )
    values, label = outputs_of(
        [(node.name, node.type, len(node.shape)) for node in session.get_outputs()]
    )
    inputs = tuple(
        BoundInput(
            name, bound.features, element_of(nodes[name].type), _row_shape(nodes[name], bound)
        )
        for name, bound in zip(names, described, strict=True)
    )
    return Binding(inputs, values, label)


def element_of(type_name: str) -> str:
    """Return numpy's dtype of a tensor as ONNX Runtime names its type; empty where it is none.

    Examples:
        >>> element_of("tensor(float)"), element_of("seq(map(int64,tensor(float)))")
        ('float32', '')
    """
    found = _TYPE.fullmatch(type_name)
    return _ELEMENTS.get(found[1], found[1]) if found else ""


def outputs_of(outputs: list[tuple[str, str, int]]) -> tuple[str, str]:
    """Return which output holds the answers, and which the labels, empty for none.

    Args:
        outputs: Name, type and rank of each.

    Raises:
        RuntimeLoadError: They are neither one tensor, nor labels and probabilities.
    """
    if len(outputs) == 1 and element_of(outputs[0][1]):
        return outputs[0][0], ""
    if len(outputs) == _N_WITH_LABEL:
        labels = [name for name, kind, _ in outputs if element_of(kind) in {"int64", "string"}]
        values = [n for n, kind, rank in outputs if element_of(kind)[:5] == "float" and rank > 1]
        if len(labels) == len(values) == 1:
            return values[0], labels[0]
    shown = ", ".join(f"`{name}` {kind}" for name, kind, _ in outputs)
    is_zip_map = any(kind.startswith("seq(map") for _, kind, _ in outputs)
    raise RuntimeLoadError(
        f"the graph answers {shown}; one tensor is needed, or labels and probabilities",
        hint="convert it without ZipMap: `options={'zipmap': False}` of skl2onnx"
        if is_zip_map
        else "keep one output: `onnx.utils.extract_model`",
    )


def _row_shape(node: Any, bound: BoundInput) -> tuple[int, ...]:
    """Return the shape of one row as the graph wants it; (n, 1) for single numbers, where it does."""
    shape = tuple(node.shape[1:])
    if all(isinstance(size, int) for size in shape):
        if int(np.prod(shape, dtype=np.int64)) == int(np.prod(bound.shape, dtype=np.int64)):
            return shape
        raise RuntimeLoadError(
            f"the graph takes `{node.name}` of shape {shape} and the contract has {bound.shape}"
        )
    return bound.shape
