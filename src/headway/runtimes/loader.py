"""Makes the runtime of a bundle. The library of a flavor is imported when a bundle needs it, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headway.bundle import layout
from headway.core.dtypes import Device
from headway.errors import MissingExtraError, RuntimeLoadError, TrustRefusedError
from headway.runtimes.modules import ShippedModules

if TYPE_CHECKING:
    from headway.bundle.bundle import Bundle
    from headway.runtimes.port import Runtime


_EXTRAS = {"pyfunc": "registry", "torch": "torch"}


def load_runtime(bundle: Bundle, *, trust_code: bool, device: Device = Device.CPU) -> Runtime:
    """Return the runtime of the form that the bundle's manifest names.

    Args:
        bundle: A verified bundle.
        trust_code: Whether code of this bundle (pickle) may run. A lowered form needs none.
        device: What executes it, where it is a net.

    Raises:
        TrustRefusedError: The bundle is native and its code is not trusted.
        MissingExtraError: A library of the native form is not installed.
        RuntimeLoadError: The form does not load here.
    """
    form = bundle.manifest.execution.form
    if form == "lowered":
        return _load_lowered(bundle, device, trust_code=trust_code)
    if form == "partial":
        return _load_partial(bundle, trust_code=trust_code)
    return load_native_runtime(bundle, trust_code=trust_code, device=device)


def load_native_runtime(
    bundle: Bundle, *, trust_code: bool, device: Device = Device.CPU
) -> Runtime:
    """Return the runtime of the model as it was fitted, whichever form is served.

    Raises:
        As `load_runtime`.
    """
    execution = bundle.manifest.execution
    if execution.flavor == "onnx":
        return _load_file(bundle, device)
    if not trust_code:
        raise _not_trusted(bundle)
    path = bundle.path / execution.native_path
    try:
        if execution.flavor == "sklearn":
            from headway.runtimes.sklearn import SklearnRuntime, load_sklearn_model

            model = load_sklearn_model(path, ShippedModules.of(bundle))
            return SklearnRuntime(model, bundle.contract)
        if execution.flavor == "torch":
            from headway.runtimes.torch import TorchRuntime, load_torch_module, narrow_float

            module = load_torch_module(path, ShippedModules.of(bundle))
            return TorchRuntime(module, bundle.contract, narrow_float(module), device)
        if execution.flavor == "pyfunc":
            from headway.runtimes.pyfunc import PyfuncRuntime, load_pyfunc_model

            model = load_pyfunc_model(path, ShippedModules.of(bundle))
            return PyfuncRuntime(model, bundle.contract)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(execution.flavor, "native")
        raise MissingExtraError(extra, f"a release in its native form ({error.name})") from error
    raise RuntimeLoadError(f"no runtime for the flavor `{execution.flavor}`")


def _not_trusted(bundle: Bundle) -> TrustRefusedError:
    modules = ", ".join(f"`{module}`" for module in bundle.modules)
    is_partial = bundle.manifest.execution.form == "partial"
    how = "partly natively" if is_partial else "natively"
    what = f"pickle, and its own modules {modules}" if modules else "pickle"
    return TrustRefusedError(
        f"the release `{bundle.manifest.name}` runs {how}, which runs code ({what}) of a "
        "place that is not trusted",
        hint="give `--trust`, or set `trust_code = true` in `[registry]`",
    )


def _load_file(bundle: Bundle, device: Device) -> Runtime:
    """Return the runtime of an ONNX file of the user's own, which is data and no code."""
    from headway.runtimes.onnx_graph import load_graph

    graph = bundle.read_bytes(bundle.manifest.execution.native_path)
    return load_graph(graph, bundle.contract, device=device)


def _load_partial(bundle: Bundle, *, trust_code: bool) -> Runtime:
    execution = bundle.manifest.execution
    if not trust_code:
        raise _not_trusted(bundle)
    try:
        from headway.runtimes.partial import NativeHead, PartialRuntime
        from headway.runtimes.sklearn import load_sklearn_model

        path = bundle.path / execution.native_path
        pipeline = load_sklearn_model(path, ShippedModules.of(bundle))
        head = NativeHead(pipeline, execution.n_native_steps, bundle.contract)
    except ModuleNotFoundError as error:
        raise MissingExtraError("native", f"a partly native release ({error.name})") from error
    try:
        names = msgspec.json.decode(bundle.read_bytes(layout.HEAD), type=tuple[str, ...])
    except msgspec.MsgspecError as error:
        raise RuntimeLoadError(f"the columns of the graph cannot be read: {error}") from error
    return PartialRuntime(head, _load_lowered(bundle), names)


def _load_lowered(
    bundle: Bundle, device: Device = Device.CPU, *, trust_code: bool = True
) -> Runtime:
    if layout.BINDING in bundle.manifest.files:
        return _load_graph(bundle, device)
    from headway.runtimes.encoder import Encoder
    from headway.runtimes.onnx import OnnxRuntime

    try:
        encoder = Encoder.from_json(bundle.read_bytes(layout.ENCODER))
    except msgspec.MsgspecError as error:
        raise RuntimeLoadError(
            f"the encoder cannot be read: {error}", hint="is the release of a newer version?"
        ) from error
    if not trust_code and not encoder.is_linear:
        raise TrustRefusedError(
            f"the release `{bundle.manifest.name}` finds words by a pattern of its own, which may take "
            "any time, and comes from a place that is not trusted",
            hint="give `--trust`, or set `trust_code = true` in `[registry]`",
        )
    return OnnxRuntime(bundle.read_bytes(layout.GRAPH), encoder, bundle.contract.output)


def _load_graph(bundle: Bundle, device: Device) -> Runtime:
    from headway.runtimes.binding import Binding
    from headway.runtimes.onnx_graph import load_graph

    # a file of the user's own is served as it is, and lies in the bundle once
    is_own = layout.GRAPH not in bundle.manifest.files
    path = bundle.manifest.execution.native_path if is_own else layout.GRAPH
    binding = Binding.from_json(bundle.read_bytes(layout.BINDING))
    return load_graph(bundle.read_bytes(path), bundle.contract, binding, device)
