"""Finds what can be asked of a model that takes tensors; its library is imported for such a model only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.core.onnx_file import SUFFIX
from headway.registry.flavor import flavor_of

if TYPE_CHECKING:
    from headway.releases.net_inputs import Net


def opened(model: Any) -> Any:
    """Return what stands for a model: an ONNX model and the path of its file as an `OnnxFile`.

    Raises:
        ModelFileError: There is no such file, or it is no ONNX model that is served.
    """
    is_path = isinstance(model, str | Path) and str(model).lower().endswith(SUFFIX)
    if not is_path and type(model).__name__ != "ModelProto":
        return model
    from headway.releases import onnx  # noqa: PLC0415 (imported for such a model, and for no other)

    return onnx.read_file(Path(model)) if is_path else onnx.from_proto(model)


def net_of(model: Any) -> Net | None:
    """Return what can be asked of a model that takes tensors; `None` for any other."""
    flavor = flavor_of(model)
    if flavor == "torch":
        from headway.releases.torch import TorchNet  # noqa: PLC0415 (as above)

        return TorchNet(model)
    if flavor == "onnx":
        from headway.releases.onnx import OnnxNet  # noqa: PLC0415 (as above)

        return OnnxNet(model)
    return None
