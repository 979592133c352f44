"""ONNX files of the user's own: what is served of them, and what is refused with a reason.

Invariant: the bytes of a file are served as they are; only tensors that lie in files of their own are
taken into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import onnx
from onnx import checker, external_data_helper

from headway.contract.model import Output
from headway.contract.text import listed
from headway.core.dtypes import Method, Task
from headway.core.onnx_file import OnnxFile
from headway.errors import ModelFileError, PredictionError, RuntimeLoadError
from headway.registry.reason import described, first_line
from headway.releases.net_inputs import NetInput, output_of_numbers
from headway.runtimes.onnx import open_session
from headway.runtimes.onnx_graph import element_of, outputs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

# What ONNX Runtime executes by itself
_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
_LABEL_ATTRIBUTES = ("classlabels_int64s", "classlabels_ints", "classlabels_strings")
_MOST_BYTES = 2**31 - 1
_KINDS = frozenset({"float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"})  # fmt: skip


def read_file(path: Path) -> OnnxFile:
    """Read an ONNX model. This runs no code.

    Raises:
        ModelFileError: There is no such file, or it is no ONNX model that is served. Names every problem.
    """
    try:
        graph = path.read_bytes()
        proto = onnx.load_from_string(graph)
    except FileNotFoundError as error:
        raise ModelFileError(
            f"there is no file `{path}`", hint="give the path of an ONNX model"
        ) from error
    except Exception as error:  # protobuf's own errors share no base class
        raise ModelFileError(
            f"`{path.name}` is no ONNX model: {described(error)}",
            hint="write it with `onnx.save`, or with the exporter of the library that trained it",
        ) from error
    if any(external_data_helper.uses_external_data(t) for t in _tensors(proto)):
        try:
            external_data_helper.load_external_data_for_model(proto, str(path.parent))
        except Exception as error:  # as above
            raise ModelFileError(
                f"tensors of `{path.name}` lie in files that cannot be read: {first_line(error)}",
                hint="keep them beside the model",
            ) from error
        return from_proto(proto, path.name)
    _check(proto, path.name)
    return OnnxFile(graph)


def from_proto(proto: Any, name: str = "the model") -> OnnxFile:
    """Return an ONNX model as a file.

    Raises:
        ModelFileError: It is none that is served. Names every problem.
    """
    if any(external_data_helper.uses_external_data(tensor) for tensor in _tensors(proto)):
        raise ModelFileError(
            f"tensors of `{name}` lie in files of their own",
            hint="load it with them, `onnx.load(path)`, or give its path",
        )
    _check(proto, name)
    return OnnxFile(proto.SerializeToString())


class OnnxNet:
    """An ONNX file.

    Args:
        file: What was read.

    Raises:
        RuntimeLoadError: ONNX Runtime does not load it, or its answers are none that a reply can hold.
    """

    def __init__(self, file: OnnxFile) -> None:
        self._proto = onnx.load_from_string(file.graph)
        self._session = open_session(file.graph, is_silent=True)
        self.inputs = tuple(
            NetInput(node.name, element=element_of(node.type), shape=tuple(node.shape[1:]))
            for node in self._session.get_inputs()
        )
        self._values, self._label = outputs_of(
            [(node.name, node.type, len(node.shape)) for node in self._session.get_outputs()]
        )

    def output(self, arrays: Mapping[str, NDArray[Any]]) -> Output:
        n_rows = len(next(iter(arrays.values())))
        shaped = {
            bound.name: arrays[bound.name].reshape(n_rows, *(bound.shape or ()))
            for bound in self.inputs
        }
        try:
            (values,) = self._session.run([self._values], shaped)
        except Exception as error:  # ONNX Runtime's own errors share no base class
            raise PredictionError(
                f"the model raises on the training rows: {described(error)}",
                hint="pass X as the graph takes it: the rows that the model was trained on",
            ) from error
        output = output_of_numbers(values, n_rows)
        return self._labelled(output.n_outputs) if self._label else output

    def _labelled(self, n_classes: int) -> Output:
        classes = _class_labels(self._proto)
        if len(classes) != n_classes:
            raise RuntimeLoadError(
                f"the graph answers {n_classes} probabilities and names {len(classes)} classes",
                hint="keep the probabilities as its one output, and declare `classes`",
            )
        return Output(Task.CLASSIFICATION, (Method.PREDICT, Method.PREDICT_PROBA), classes)


def _check(proto: Any, name: str) -> None:
    size = proto.ByteSize()
    if size > _MOST_BYTES:
        raise ModelFileError(f"`{name}` has {size:,} bytes; a model has at most {_MOST_BYTES:,}")
    try:
        checker.check_model(proto)
    except checker.ValidationError as error:
        raise ModelFileError(
            f"`{name}` is no valid ONNX model: {first_line(error)}",
            hint="look at it with `onnx.checker.check_model`",
        ) from error
    known = {node.name for node in proto.graph.initializer}
    inputs = [value for value in proto.graph.input if value.name not in known]
    problems = [problem for value in inputs for problem in _input_problems(value)]
    defined = {function.domain for function in proto.functions}
    foreign = sorted({n.domain for n in _nodes(proto.graph)} - _DOMAINS - defined)
    if foreign:
        problems.append(f"operators of {listed(foreign)}, which ONNX Runtime does not have")
    if not inputs:
        problems.append("no input")
    if problems:
        raise ModelFileError(
            f"`{name}` is none that is served: " + "; ".join(problems),
            hint="every input is a tensor of numbers of which the first dimension alone is dynamic",
        )


def _input_problems(value: Any) -> Iterator[str]:
    if not value.type.HasField("tensor_type"):
        yield f"the input `{value.name}` is no tensor"
        return
    tensor = value.type.tensor_type
    element = onnx.TensorProto.DataType.Name(tensor.elem_type).lower()
    numpy_name = {"float": "float32", "double": "float64"}.get(element, element)
    if numpy_name not in _KINDS:
        yield f"the input `{value.name}` holds elements of the type {element}"
    sizes = [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim]
    if not sizes:
        yield f"the input `{value.name}` has no dimension for rows"
    elif sizes[0] is not None:
        yield f"the first dimension of the input `{value.name}` is always {sizes[0]}, and it counts rows"
    if None in sizes[1:]:
        places = [i for i, size in enumerate(sizes) if i and size is None]
        yield f"the input `{value.name}` has other dynamic dimensions: {listed(places)}"


def _nodes(graph: Any) -> Iterator[Any]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _nodes(inner)


def _tensors(proto: Any) -> Iterator[Any]:
    yield from proto.graph.initializer
    for node in _nodes(proto.graph):
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t


def _class_labels(proto: Any) -> tuple[Any, ...]:
    """Return the classes that a node of a classifier names, empty where none does."""
    for node in _nodes(proto.graph):
        for attribute in node.attribute:
            if attribute.name in _LABEL_ATTRIBUTES:
                return tuple(attribute.ints) or tuple(text.decode() for text in attribute.strings)
    return ()
