"""Finds what can be asked of a model that takes tensors; its library is imported for such a model only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.core.dtypes import Method
from headway.core.onnx_file import SUFFIX, OnnxFile
from headway.errors import ContractError
from headway.registry.flavor import flavor_of

if TYPE_CHECKING:
    from headway.bundle.golden import GoldenRows
    from headway.contract.model import Output
    from headway.releases.net_inputs import Net

# A net of float16 rounds no coarser
_ROUNDING = 1e-2


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


def checked(model: Any, name: str) -> Any:
    """Return a model that was loaded, an ONNX file if it is one that is served.

    Raises:
        ModelFileError: It is an ONNX file that is not.
    """
    if not isinstance(model, OnnxFile):
        return model
    from headway.releases import onnx  # noqa: PLC0415 (as above)

    return onnx.from_bytes(model.graph, name)


def check_probabilities(output: Output, golden: GoldenRows) -> None:
    """Refuse a net whose answers are declared as probabilities and are none.

    Raises:
        ContractError: They lie outside of 0 and 1, or do not add up to 1.
    """
    if output.given_as != "probabilities" or not golden.rows:
        return
    given = np.array(golden.outputs[Method.PREDICT_PROBA], dtype=np.float64)
    sums = given.sum(axis=1)
    is_inside = (given >= -_ROUNDING) & (given <= 1 + _ROUNDING)
    if not is_inside.all() or (abs(sums - 1) > _ROUNDING).any():  # NaN is not inside either
        raise ContractError(
            "the model answers no probabilities, which `given_as` declares: numbers from "
            f"{given.min():.4g} to {given.max():.4g}, and sums of a row from {sums.min():.4g} to "
            f"{sums.max():.4g}",
            hint="declare `logits` for what a softmax or a sigmoid is still to be taken of",
        )


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
