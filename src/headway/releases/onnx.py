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
from headway.runtimes.onnx_graph import outputs_of

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
    return _checked(graph, proto, path.name)


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
    size = proto.ByteSize()
    if size > _MOST_BYTES:
        raise ModelFileError(f"`{name}` has {size:,} bytes; a model has at most {_MOST_BYTES:,}")
    return _checked(proto.SerializeToString(), proto, name)


def from_bytes(graph: bytes, name: str) -> OnnxFile:
    """Return a serialised ONNX model as a file.

    Raises:
        ModelFileError: It is none that is served. Names every problem.
    """
    return _checked(graph, onnx.load_from_string(graph), name)


class OnnxNet:
    """An ONNX file.

    Args:
        file: What was read.

    Raises:
        ModelFileError: Its answers are none that a reply can hold.
    """

    def __init__(self, file: OnnxFile) -> None:
        self._graph = file.graph
        # not kept: it takes the memory of the whole graph once more
        proto = onnx.load_from_string(file.graph)
        self.inputs = tuple(
            NetInput(value.name, element=_element(value), shape=_sizes(value)[1:])
            for value in _inputs(proto)
        )
        self._classes = _class_labels(proto)

    def output(self, arrays: Mapping[str, NDArray[Any]]) -> Output:
        n_rows = len(next(iter(arrays.values())))
        shaped = {
            bound.name: arrays[bound.name].reshape(n_rows, *(bound.shape or ()))
            for bound in self.inputs
        }
        session = open_session(self._graph, is_silent=True)
        name, label = _outputs(session)
        try:
            (values,) = session.run([name], shaped)
        except Exception as error:  # ONNX Runtime's own errors share no base class
            raise PredictionError(
                f"the model raises on the training rows: {described(error)}",
                hint="pass X as the graph takes it: the rows that the model was trained on",
            ) from error
        output = output_of_numbers(values, n_rows)
        return self._labelled(output.n_outputs) if label else output

    def _labelled(self, n_classes: int) -> Output:
        classes = self._classes
        if len(classes) != n_classes:
            raise ModelFileError(
                f"the graph answers {n_classes} probabilities and names {len(classes)} classes",
                hint="keep the probabilities as its one output, and declare `classes`",
            )
        return Output(Task.CLASSIFICATION, (Method.PREDICT, Method.PREDICT_PROBA), classes)


def _checked(graph: bytes, proto: Any, name: str) -> OnnxFile:
    try:
        # of bytes: it would serialise a proto
        checker.check_model(graph)
    except checker.ValidationError as error:
        raise ModelFileError(
            f"`{name}` is no valid ONNX model: {first_line(error)}",
            hint="look at it with `onnx.checker.check_model`",
        ) from error
    inputs = _inputs(proto)
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
            hint="every input is a tensor of numbers of which the first dimension alone is dynamic, and "
            "every operator one of ONNX Runtime's own",
        )
    return OnnxFile(graph)


def _inputs(proto: Any) -> list[Any]:
    """Return what a graph is given; older files list their constants, too."""
    known = {node.name for node in proto.graph.initializer}
    return [value for value in proto.graph.input if value.name not in known]


def _element(value: Any) -> str:
    name: str = onnx.TensorProto.DataType.Name(value.type.tensor_type.elem_type).lower()
    return {"float": "float32", "double": "float64"}.get(name, name)


def _sizes(value: Any) -> tuple[Any, ...]:
    """Return the dimensions of a tensor, `None` for those that are dynamic."""
    dimensions = value.type.tensor_type.shape.dim
    return tuple(d.dim_value if d.HasField("dim_value") else None for d in dimensions)


def _outputs(session: Any) -> tuple[str, str]:
    try:
        return outputs_of(
            [(node.name, node.type, len(node.shape)) for node in session.get_outputs()]
        )
    except RuntimeLoadError as error:
        raise ModelFileError(error.message, hint=error.hint) from error


def _input_problems(value: Any) -> Iterator[str]:
    if not value.type.HasField("tensor_type"):
        yield f"the input `{value.name}` is no tensor"
        return
    if _element(value) not in _KINDS:
        yield f"the input `{value.name}` holds elements of the type {_element(value)}"
    sizes = _sizes(value)
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
