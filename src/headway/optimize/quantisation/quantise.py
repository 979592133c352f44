"""`quantise`: the lossy form of a release, as files of a bundle. The library is imported by who asks for it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.bundle import layout
from headway.bundle.manifest import Execution
from headway.errors import MissingExtraError, QuantisationError, RuntimeLoadError
from headway.optimize.quantisation.kinds import Calibration, Kind
from headway.runtimes.binding import Feeder
from headway.runtimes.loader import load_native_runtime, load_runtime
from headway.runtimes.onnx import GRAPH_INPUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from headway.bundle.bundle import Bundle
    from headway.core.batch import FeatureBatch
    from headway.optimize.quantisation.kinds import Engine, Method
    from headway.runtimes.port import Runtime

_BLOCK_ROWS = 32
_FEW_ROWS = 3


@dataclasses.dataclass(frozen=True, slots=True)
class LossyForm:
    """A lossy form.

    Attributes:
        kind: What it was made to.
        files: Files of the bundle that hold it, by path.
        execution: How it is executed; its reason is still to be written.
        method: How it was made.
        exact: Executes the form that it was made of.
        size_bytes: Of the exact form and of this one.
    """

    kind: Kind
    files: Mapping[str, bytes]
    execution: Execution
    method: Method
    exact: Runtime
    size_bytes: tuple[int, int]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for.

    Attributes:
        kind: The precision.
        engine: What makes it.
        calibration: Rows to calibrate by; `None` where the kind needs none.
        few: A few rows, which the result has to answer.
        trust_code: Whether code of the bundle (pickle) may run.
    """

    kind: Kind
    engine: Engine
    calibration: FeatureBatch | None
    few: FeatureBatch | None
    trust_code: bool


def quantise(bundle: Bundle, order: Order) -> LossyForm:
    """Make the lossy form of a release.

    Raises:
        QuantisationError: There is none of this kind; the message says why.
        TrustRefusedError: It would run code that is not trusted.
        MissingExtraError: PyTorch is not installed.
    """
    if order.engine == "onnxruntime":
        return _of_graph(bundle, order)
    return _of_module(bundle, order)


def _of_graph(bundle: Bundle, order: Order) -> LossyForm:
    from headway.optimize.quantisation.onnxruntime import quantised_graph  # noqa: PLC0415 (heavy)

    execution = bundle.manifest.execution
    if execution.form != "lowered":
        raise QuantisationError(
            f"`{bundle.manifest.name}` is served {execution.reason}: there is no graph to quantise",
            hint="for a module of PyTorch ask for `--engine torch`",
        )
    path = layout.GRAPH if layout.GRAPH in bundle.manifest.files else execution.native_path
    exact = load_runtime(bundle, trust_code=order.trust_code)
    calibration = None
    if order.kind.needs_calibration and order.calibration is not None:
        calibration = Calibration(_blocks(exact, bundle, order.calibration))
    graph = bundle.read_bytes(path)
    made, method = quantised_graph(graph, order.kind, calibration)
    # a contract's own code may need the modules; the graph needs none
    code_path = execution.code_path if layout.VALIDATOR in bundle.manifest.files else ""
    fed = layout.BINDING if layout.BINDING in bundle.manifest.files else layout.ENCODER
    return LossyForm(
        kind=order.kind,
        files={layout.GRAPH: made, fed: bundle.read_bytes(fed)},
        execution=msgspec.structs.replace(
            _execution(order, "lowered", "onnx", layout.GRAPH), code_path=code_path
        ),
        method=method,
        exact=exact,
        size_bytes=(len(graph), len(made)),
    )


def _of_module(bundle: Bundle, order: Order) -> LossyForm:
    execution = bundle.manifest.execution
    if execution.flavor != "torch":
        raise QuantisationError(
            f"`{bundle.manifest.name}` is no module of PyTorch, but of the flavor "
            f"`{execution.flavor}`",
            hint="ask for `--engine onnxruntime`",
        )
    try:
        from headway.optimize.quantisation import torch  # noqa: PLC0415 (heavy)
    except ModuleNotFoundError as error:
        raise MissingExtraError("torch", "quantising a module of PyTorch") from error
    native: Any = load_native_runtime(bundle, trust_code=order.trust_code)
    if order.few is None or not order.few.n_rows:
        raise QuantisationError("there is no row to try the module on", hint="give `--evaluation`")
    some = order.few.take(np.arange(min(_FEW_ROWS, order.few.n_rows)))
    made, method = torch.quantised_module(
        native.module,
        order.kind,
        native.tensors(some),
        by_torchao=order.engine == "torchao",
    )
    before, after = torch.module_bytes(native.module), torch.module_bytes(made)
    return LossyForm(
        kind=order.kind,
        files={layout.MODULE: after},
        execution=msgspec.structs.replace(
            _execution(order, "native", "torch", layout.MODULE), code_path=execution.code_path
        ),
        method=method,
        exact=load_runtime(bundle, trust_code=order.trust_code),
        size_bytes=(len(before), len(after)),
    )


def _execution(order: Order, form: Any, flavor: str, path: str) -> Execution:
    return Execution(form=form, flavor=flavor, native_path=path, reason="", lossy=str(order.kind))


def _blocks(
    exact: Runtime, bundle: Bundle, rows: FeatureBatch
) -> Iterator[Mapping[str, np.ndarray[Any, np.dtype[Any]]]]:
    """Yield the tensors of rows, as the graph takes them."""
    feed = _feeder(exact, bundle)
    for start in range(0, rows.n_rows, _BLOCK_ROWS):
        yield feed(rows.take(np.arange(start, min(start + _BLOCK_ROWS, rows.n_rows))))


def _feeder(exact: Runtime, bundle: Bundle) -> Callable[[FeatureBatch], Mapping[str, Any]]:
    binding, encoder = getattr(exact, "binding", None), getattr(exact, "encoder", None)
    if binding is not None:
        return Feeder(binding.inputs, bundle.contract.names).feed
    if encoder is None:
        raise RuntimeLoadError(f"a `{type(exact).__name__}` says not what its graph takes")

    def feed(batch: FeatureBatch) -> Mapping[str, Any]:
        texts = {reader.tensor: reader.matrix(values) for reader, values in encoder.texts(batch)}
        return {GRAPH_INPUT: encoder.encode(batch), **texts}

    return feed
