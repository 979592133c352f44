"""Makes modules of PyTorch smaller as they are executed eagerly: halves, and 8-bit integers.

Older than what ONNX Runtime does, and slower on most processors; it is here for modules that cannot be
exported, for bfloat16, and for a GPU.
"""

from __future__ import annotations

import copy
import importlib
import importlib.metadata
import io
import warnings
from typing import TYPE_CHECKING, Any

import cloudpickle
import torch
from torch import nn

from headway.errors import PredictionError, QuantisationError
from headway.optimize.quantisation.kinds import Kind, Method
from headway.registry.reason import described
from headway.runtimes.torch import call_module

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGINE = f"torch {torch.__version__}"
# Below it, int8 had other names
TORCHAO_VERSION = (0, 13)
_LAYERS = (nn.Linear, nn.LSTM, nn.GRU)
_HALVES = {Kind.FP16: torch.float16, Kind.BF16: torch.bfloat16}
_TO_ONNX = "ask for `--engine onnxruntime`"


def quantised_module(
    module: Any, kind: Kind, tensors: Mapping[str, torch.Tensor], *, by_torchao: bool = False
) -> tuple[Any, Method]:
    """Return a module in another precision, and how it was made. The one that is given stays as it is.

    Args:
        module: In evaluation mode.
        kind: What it is made to.
        tensors: A few rows, which the result has to answer.
        by_torchao: Whether torchao makes the 8-bit integers, and not PyTorch itself.

    Raises:
        QuantisationError: PyTorch cannot do it to this module, or the result does not run.
    """
    if kind is Kind.INT8_STATIC:
        raise QuantisationError(f"PyTorch makes no {kind} of a module as it is", hint=_TO_ONNX)
    made = copy.deepcopy(module)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is deprecated, and what the guide does
            if kind in _HALVES:
                made, method = _half(made, kind)
            elif by_torchao:
                made, method = _by_torchao(made)
            else:
                made, method = _dynamic(made)
            _check_runs(made, tensors, _HALVES.get(kind))
    except QuantisationError:
        raise
    except Exception as error:  # whatever PyTorch or the user's module raises
        raise QuantisationError(
            f"PyTorch makes no {kind} of a `{type(module).__name__}`: {described(error)}",
            hint=_TO_ONNX,
        ) from error
    return made, method


def module_bytes(module: Any) -> bytes:
    """Return a module as `headway.runtimes.torch.load_torch_module` reads it."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of storages that only quantised modules have
        torch.save(module, file, pickle_module=cloudpickle)
    return file.getvalue()


def _half(module: Any, kind: Kind) -> tuple[Any, Method]:
    made = module.to(_HALVES[kind])
    return made, Method(
        ENGINE, f"parameters and arithmetic in {_HALVES[kind]}".replace("torch.", "")
    )


def _dynamic(module: Any) -> tuple[Any, Method]:
    layers = [part for part in module.modules() if type(part) in _LAYERS]
    if not layers:
        names = ", ".join(layer.__name__ for layer in _LAYERS)
        raise QuantisationError(
            f"PyTorch makes no int8 of a `{type(module).__name__}`: it has none of {names}",
            hint=_TO_ONNX,
        )
    quantise: Any = torch.ao.quantization.quantize_dynamic  # it has no types
    made = quantise(module, set(_LAYERS), dtype=torch.qint8)
    words = (
        f"torch.ao dynamic: weights of {len(layers)} layers in int8, what it computes in float32"
    )
    return made, Method(ENGINE, words, {"dtype": "qint8"})


def _by_torchao(module: Any) -> tuple[Any, Method]:
    try:
        version = importlib.metadata.version("torchao")
    except importlib.metadata.PackageNotFoundError as error:
        raise QuantisationError(
            "`--engine torchao` needs the package `torchao`, which is not installed",
            hint='pip install "torchao>=0.13"',
        ) from error
    if tuple(map(int, version.split(".")[:2])) < TORCHAO_VERSION:
        raise QuantisationError(
            f"torchao {version} is too old: its int8 had other names",
            hint='pip install "torchao>=0.13"',
        )
    library = importlib.import_module("torchao.quantization")
    library.quantize_(module, library.Int8DynamicActivationInt8WeightConfig())
    words = "torchao: weights in int8, ranges of what it computes found for each batch"
    return module, Method(f"torchao {version}", words)


def _check_runs(module: Any, tensors: Mapping[str, torch.Tensor], half: torch.dtype | None) -> None:
    given = {
        name: tensor.to(half) if half is not None and tensor.is_floating_point() else tensor
        for name, tensor in tensors.items()
    }
    values = call_module(module, given, is_single=len(given) == 1)
    if not torch.isfinite(torch.from_numpy(values).float()).all():
        raise PredictionError("what it answers is no finite number")
