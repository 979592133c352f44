"""Loads a native model back from the folder that it was just written to.

What is recorded about a release comes from this copy: it is the one that will serve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.releases.code import modules_of
from headway.runtimes.onnx_graph import OnnxGraphRuntime, bind_graph
from headway.runtimes.pyfunc import PyfuncRuntime, load_pyfunc_model
from headway.runtimes.sklearn import SklearnRuntime, load_sklearn_model

if TYPE_CHECKING:
    from pathlib import Path

    from headway.contract.model import Contract
    from headway.registry.port import PlainModel
    from headway.runtimes.port import Runtime


def native_runtime(folder: Path, description: PlainModel, contract: Contract) -> Runtime:
    """Return the runtime of the model in `folder`. This runs its code.

    Raises:
        MissingModuleError: It needs a module that is neither shipped nor installed.
        RuntimeLoadError: It does not load.
    """
    path, modules = folder / description.native_path, modules_of(folder, description)
    if description.flavor == "onnx":
        graph = path.read_bytes()
        return OnnxGraphRuntime(graph, bind_graph(graph, contract), contract)
    if description.flavor == "torch":
        from headway.runtimes.torch import TorchRuntime, load_torch_module  # noqa: PLC0415 (heavy)

        return TorchRuntime(load_torch_module(path, modules), contract)
    if description.flavor == "sklearn":
        return SklearnRuntime(load_sklearn_model(path, modules), contract)
    return PyfuncRuntime(load_pyfunc_model(path, modules), contract)
