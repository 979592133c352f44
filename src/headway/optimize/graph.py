"""Builds one ONNX graph. The only module of this part that knows the library `onnx`.

Invariant: what `finish` returns has passed ONNX's own checker, and the same calls give the same bytes.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from headway.errors import LoweringError
from headway.runtimes.onnx import GRAPH_INPUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

ML_DOMAIN = "ai.onnx.ml"
# The newest that every supported ONNX Runtime (1.22 and later) executes
_OPSETS = {"": 21, ML_DOMAIN: 5}
_IR_VERSION = 10
_ELEMENT_TYPES = {"float64": TensorProto.DOUBLE, "float32": TensorProto.FLOAT, "int64": TensorProto.INT64}  # fmt: skip

ElementType = Literal["float64", "float32", "int64"]


@dataclasses.dataclass(frozen=True, slots=True)
class GraphOutput:
    """One output of a graph.

    Attributes:
        tensor: The tensor that it is.
        element_type: Type of its elements.
        width: Number of columns; `None` for one value per row, shape (n_rows,).
    """

    tensor: str
    element_type: ElementType = "float64"
    width: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Places:
    """Columns of tensors, side by side.

    Attributes:
        tensors: Tensor and position of each column.
        widths: By tensor, how many columns it has.
    """

    tensors: tuple[tuple[str, int], ...]
    widths: Mapping[str, int]


class GraphBuilder:
    """Collects the nodes of a graph whose inputs are float64 matrices, first of them `features`.

    Args:
        n_features: Columns of `features`.
    """

    def __init__(self, n_features: int) -> None:
        self._widths = {GRAPH_INPUT: n_features}
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, NDArray[Any]] = {}
        self._names_of_constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def input(self, name: str, width: int) -> str:
        """Add an input of so many columns and return its name."""
        self._widths[name] = width
        return name

    def inputs_of(self, outputs: Iterable[GraphOutput]) -> set[str]:
        """Return the inputs that some output needs, and `features`."""
        _, wanted = self._needed(outputs)
        return {GRAPH_INPUT} | (wanted & self._widths.keys())

    def constant(self, values: Any, element_type: ElementType = "float64") -> str:
        """Return the name of a constant with these values; equal constants share one name."""
        array = np.ascontiguousarray(values, dtype=element_type).reshape(np.shape(values))
        key = (element_type, array.shape, array.tobytes())
        if key not in self._names_of_constants:
            name = f"constant_{len(self._constants)}"
            self._names_of_constants[key] = name
            self._constants[name] = array
        return self._names_of_constants[key]

    def late_constant(self) -> str:
        """Return the name of a constant whose values `set_constant` gives later."""
        name = f"constant_{len(self._constants)}"
        self._constants[name] = np.empty(0)
        return name

    def set_constant(self, name: str, values: Any) -> None:
        """Give a late constant its float64 values."""
        self._constants[name] = np.array(values, dtype=np.float64)

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node and return the name of its output. A numpy array becomes a tensor attribute."""
        output = f"{operator.lower()}_{len(self._nodes)}"
        made = {
            name: numpy_helper.from_array(value) if isinstance(value, np.ndarray) else value
            for name, value in attributes.items()
        }
        self._nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **made))
        return output

    def cast(self, tensor: str, element_type: ElementType) -> str:
        """Add a conversion of every element."""
        return self.add("Cast", tensor, to=_ELEMENT_TYPES[element_type])

    def ascending(self, tensor: str, n_columns: int) -> str:
        """Add the order of each row's numbers, the least first: int64, shape (n_rows, n_columns)."""
        output = f"topk_{len(self._nodes)}"
        inputs = [tensor, self.constant([n_columns], "int64")]
        outputs = [f"{output}_values", output]
        self._nodes.append(helper.make_node("TopK", inputs, outputs, axis=1, largest=0, sorted=1))
        return output

    def flat(self, tensor: str) -> str:
        """Add the removal of the second axis of a matrix of one column."""
        return self.add("Reshape", tensor, self.constant([-1], "int64"))

    def finish(self, outputs: Mapping[str, GraphOutput]) -> bytes:
        """Return the serialised model, without the nodes that no output needs.

        Raises:
            LoweringError: ONNX's checker refuses the graph.
        """
        (nodes, _), values = self._needed(outputs.values()), []
        for name, output in outputs.items():
            nodes.append(helper.make_node("Identity", [output.tensor], [name]))
            shape = [None] if output.width is None else [None, output.width]
            element_type = _ELEMENT_TYPES[output.element_type]
            values.append(helper.make_tensor_value_info(name, element_type, shape))
        needed = self.inputs_of(outputs.values())
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, width])
            for name, width in self._widths.items()
            if name in needed
        ]
        used = {name for node in nodes for name in node.input}
        constants = [
            numpy_helper.from_array(array, name)
            for name, array in self._constants.items()
            if name in used
        ]
        model = helper.make_model(
            helper.make_graph(nodes, "headway", inputs, values, constants),
            opset_imports=[helper.make_opsetid(*opset) for opset in _OPSETS.items()],
            ir_version=_IR_VERSION,
            producer_name="headway",
        )
        try:
            onnx.checker.check_model(model, full_check=True)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            raise LoweringError(f"ONNX refuses the graph: {error}") from error
        return bytes(model.SerializeToString(deterministic=True))

    def _needed(self, outputs: Iterable[GraphOutput]) -> tuple[list[onnx.NodeProto], set[str]]:
        """Return the nodes that some output needs, in order, and all tensors that these take."""
        wanted = {output.tensor for output in outputs}
        needed = []
        for node in reversed(self._nodes):
            if not wanted.isdisjoint(node.output):
                needed.append(node)
                wanted.update(node.input)
        return needed[::-1], wanted


def columns_graph(graph: bytes, places: Places) -> bytes | None:
    """Return the graph of what some columns are, as `values`; `None` where a tensor is not in it.

    Args:
        graph: A serialised model.
        places: The columns.
    """
    model = onnx.load_from_string(graph)
    return _rewritten(model, [], {}, _gathered(places))


def part_graph(graph: bytes, places: Places, made: str | Places) -> bytes | None:
    """Return what lies between two places of a graph; `None` where more than that is needed.

    Args:
        graph: A serialised model.
        places: These columns become its `features`.
        made: A tensor, or columns, that become its `values`.
    """
    model = onnx.load_from_string(graph)
    first_nodes: list[onnx.NodeProto] = []
    given: dict[str, str] = {}
    for tensor, width in places.widths.items():
        # what nothing is told about is never looked at
        sources = [0] * width
        for source, (other, position) in enumerate(places.tensors):
            if other == tensor:
                sources[position] = source
        name = f"given_{len(given)}"
        given[tensor] = name
        first_nodes += _gather(GRAPH_INPUT, sources, name)
    end = [helper.make_node("Identity", [made], ["values"])] if isinstance(made, str) else _gathered(made)  # fmt: skip
    return _rewritten(model, first_nodes, given, end)


def _gathered(places: Places) -> list[onnx.NodeProto]:
    nodes = []
    for i, (tensor, position) in enumerate(places.tensors):
        nodes += _gather(tensor, [position], f"gathered_{i}")
    parts = [f"gathered_{i}" for i in range(len(places.tensors))]
    return [*nodes, helper.make_node("Concat", parts, ["values"], axis=1)]


def _gather(tensor: str, positions: Sequence[int], output: str) -> list[onnx.NodeProto]:
    constant = f"{output}_positions"
    value = numpy_helper.from_array(np.array(positions, dtype=np.int64))
    return [
        helper.make_node("Constant", [], [constant], value=value),
        helper.make_node("Gather", [tensor, constant], [output], axis=1),
    ]


def _rewritten(
    model: onnx.ModelProto,
    first_nodes: Sequence[onnx.NodeProto],
    given: Mapping[str, str],
    end: Sequence[onnx.NodeProto],
) -> bytes | None:
    """Return the model that ends in `end`, some tensors of which were given another name."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    wanted = {name for node in end for name in node.input} - {
        o for node in end for o in node.output
    }
    needed: list[onnx.NodeProto] = []
    known = set(given) | set(constants)
    for node in reversed(model.graph.node):
        if node.output[0] in wanted and node.output[0] not in given:
            needed.append(node)
            wanted.update(node.input)
    known.update(node.output[0] for node in needed)
    inputs = [] if given else list(model.graph.input)
    known.update(value.name for value in inputs)
    if wanted - known:
        return None
    nodes = [*first_nodes]
    for node in (*needed[::-1], *end):
        renamed = onnx.NodeProto()
        renamed.CopyFrom(node)
        renamed.input[:] = [given.get(name, name) for name in node.input]
        nodes.append(renamed)
    graph = helper.make_graph(
        nodes,
        "headway",
        inputs or [helper.make_tensor_value_info(GRAPH_INPUT, TensorProto.DOUBLE, [None, None])],
        [onnx.ValueInfoProto(name="values")],
        [tensor for name, tensor in constants.items() if name in wanted],
    )
    made = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    return bytes(made.SerializeToString(deterministic=True))
