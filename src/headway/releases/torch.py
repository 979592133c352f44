"""What a module of PyTorch takes and answers, found out from its `forward` and a few of its own rows."""

from __future__ import annotations

import copy
import inspect
from typing import TYPE_CHECKING, Any

import torch

from headway.errors import ModelFileError, PredictionError, TrainingDataError
from headway.registry.reason import described
from headway.releases.net_inputs import NetInput, output_of_numbers
from headway.runtimes.torch import call_module

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from headway.contract.model import Output

_WORDS = {torch.float64: "float64", torch.float32: "float32", torch.float16: "float16"}
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def read_module(path: Path) -> Any:
    """Unpickle a module that `torch.save` wrote as a whole. This runs code.

    Raises:
        ModelFileError: It does not load here, or is no module.
    """
    try:
        module = torch.load(path, map_location="cpu", weights_only=False)
    except Exception as error:  # unpickling may raise anything
        raise ModelFileError(
            f"`{path.name}` is no module that loads here: {described(error)}",
            hint="save the whole module, `torch.save(module, path)`, where its class can be imported; "
            "ship your own with `--code`",
        ) from error
    if not isinstance(module, torch.nn.Module):
        raise ModelFileError(
            f"`{path.name}` holds a `{type(module).__name__}`, which is no module of PyTorch",
            hint="save the whole module, and not its `state_dict`: `torch.save(module, path)`",
        )
    return module


class TorchNet:
    """A module of PyTorch.

    Args:
        module: What was trained. It stays in the mode that it is in.

    Raises:
        TrainingDataError: It is compiled or scripted, or its `forward` says not what it takes.
    """

    def __init__(self, module: Any) -> None:
        if isinstance(module, torch.jit.ScriptModule):
            raise TrainingDataError(
                "the module is scripted, which is no module that can be lowered",
                hint="register the module that `torch.jit.script` was given",
            )
        self._module = module
        self.inputs = _inputs(module)

    def output(self, arrays: Mapping[str, NDArray[Any]]) -> Output:
        n_rows = len(next(iter(arrays.values())))
        tensors = {name: torch.as_tensor(array) for name, array in arrays.items()}
        try:
            # a copy: evaluation mode is not what whoever trains on wants
            module = copy.deepcopy(self._module).cpu().eval()
            values = call_module(module, tensors, is_single=len(tensors) == 1)
        except Exception as error:  # a user's model may raise anything
            raise PredictionError(
                f"the model raises on the training rows: {described(error)}",
                hint="pass X as `forward` takes it, and let it answer one tensor",
            ) from error
        return output_of_numbers(values, n_rows)


def _inputs(module: Any) -> tuple[NetInput, ...]:
    float_element = _float_element(module)
    parameters = inspect.signature(module.forward).parameters.values()
    inputs = tuple(
        NetInput(
            parameter.name,
            float_element=float_element,
            is_optional=parameter.default is not inspect.Parameter.empty,
        )
        for parameter in parameters
        if parameter.kind in _NAMED
    )
    if not inputs:
        # `nn.Sequential` has a parameter, and what takes `*args` is told nothing
        return (NetInput("x", float_element=float_element),)
    return inputs


def _float_element(module: Any) -> str | None:
    """Return the type that the parameters compute in, where they share one that numpy has."""
    kinds = {p.dtype for p in module.parameters() if p.is_floating_point()}
    return _WORDS.get(kinds.pop()) if len(kinds) == 1 else None
