"""Modules of PyTorch and ONNX files in MLflow's own flavors, so that plain MLflow loads them too.

A library is imported for a model that needs it, and for no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mlflow.onnx
from mlflow.models import Model

if TYPE_CHECKING:
    from pathlib import Path

    from headway.core.onnx_file import OnnxFile

# How MLflow calls what `torch.save` wrote
MODULE = "model.pth"


def save_module(model: Any, folder: Path, arguments: dict[str, Any]) -> None:
    """Write a module of PyTorch as a pickle; its class by value, where it is of a script's own."""
    import mlflow.pytorch  # noqa: PLC0415 (it imports torch)

    # MLflow's reader and Headway's both name the file, which a default may not change
    mlflow.pytorch.save_model(model, folder, serialization_format="pickle", **arguments)


def load_module(folder: Path) -> Any:
    """Load a module of PyTorch. This runs code."""
    import mlflow.pytorch  # noqa: PLC0415 (as above)

    return mlflow.pytorch.load_model(str(folder), map_location="cpu")


def save_file(model: OnnxFile, folder: Path, arguments: dict[str, Any]) -> None:
    """Write an ONNX file as the very bytes that its owner gave."""
    import onnx  # noqa: PLC0415 (as above)

    proto = onnx.load_from_string(model.graph)
    mlflow.onnx.save_model(proto, folder, save_as_external_data=False, **arguments)
    # what the library wrote may be the same model in other bytes
    data = Model.load(str(folder)).flavors["onnx"]["data"]
    (folder / data).write_bytes(model.graph)
