"""Executes a module of PyTorch as it was trained: eagerly, in evaluation mode, on one thread."""

from __future__ import annotations

import contextlib
import pickle
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from headway.core.dtypes import Device, Method
from headway.errors import InputRefusedError, PredictionError, RuntimeLoadError
from headway.runtimes.binding import Feeder, bound_inputs
from headway.runtimes.cloudpickle import load_failure, loading
from headway.runtimes.net_answers import NetAnswers
from headway.runtimes.port import REFUSED_HINT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.core.prediction import Prediction
    from headway.runtimes.modules import ShippedModules

# numpy has no word for it
_WIDENED = frozenset({torch.bfloat16})
_NARROW = frozenset({torch.float16, torch.bfloat16})
_OUT_OF_MEMORY = "allocate memory"


class TorchRuntime:
    """A module of PyTorch.

    Args:
        module: What was trained. It is put into evaluation mode.
        contract: Of the release; a matrix is the one argument of the module, and tensors are given by
            name where there are several.
        float_dtype: What tensors of floats become before the module is given them, for a module that
            computes in less than it was trained in; `None` leaves them as they are.
        device: What executes it.

    Raises:
        RuntimeLoadError: There is no such device.

    Attributes:
        module: The module.
    """

    form = "native"
    flavor = "torch"

    def __init__(
        self,
        module: Any,
        contract: Contract,
        float_dtype: torch.dtype | None = None,
        device: Device = Device.CPU,
    ) -> None:
        if device is Device.CUDA and not torch.cuda.is_available():
            raise RuntimeLoadError(
                "PyTorch executes on no GPU here",
                hint='install PyTorch for CUDA, or set `device = "cpu"`',
            )
        self.module = module.eval().to(str(device))
        self._device = str(device)
        inputs = bound_inputs(contract)
        self._is_single = len(inputs) == 1
        self._feeder = Feeder(inputs, contract.names)
        self._answers = NetAnswers(contract.output)
        self._float_dtype = float_dtype

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        self._answers.check_method(method)
        tensors = self.tensors(batch)
        try:
            values = call_module(self.module, tensors, is_single=self._is_single)
        except (IndexError, ValueError) as error:
            # It has answered its golden rows, so it is these values that it does not take
            raise _refused() from error
        except (Exception, SystemExit) as error:  # a user's model may raise anything
            if type(error) is RuntimeError and _OUT_OF_MEMORY not in str(error):
                raise _refused() from error  # how PyTorch itself complains about a value
            raise PredictionError(f"the model raised {type(error).__name__}") from error
        return self._answers.read(values, batch.n_rows, method)

    def tensors(self, batch: FeatureBatch) -> dict[str, torch.Tensor]:
        """Return what the module is given for a batch, by name."""
        fed = {
            name: torch.from_numpy(array).to(self._device)
            for name, array in self._feeder.feed(batch).items()
        }
        if self._float_dtype is None:
            return fed
        return {
            name: tensor.to(self._float_dtype) if tensor.is_floating_point() else tensor
            for name, tensor in fed.items()
        }


def call_module(
    module: Any, tensors: Mapping[str, torch.Tensor], *, is_single: bool
) -> NDArray[Any]:
    """Return the one tensor that a module answers.

    Args:
        module: In evaluation mode.
        tensors: By name of the parameter of `forward`.
        is_single: Whether there is one, which is given by position.

    Raises:
        TypeError: The module answers something else than one tensor.
        Exception: Whatever the module raises.
    """
    with torch.inference_mode(), _one_thread():
        answer = module(*tensors.values()) if is_single else module(**tensors)
        if not isinstance(answer, torch.Tensor):
            raise TypeError(f"the model answers a `{type(answer).__name__}`, and not one tensor")
        answer = answer.detach().cpu()
        if answer.dtype in _WIDENED:
            answer = answer.float()
        return np.asarray(answer.numpy())


def load_torch_module(path: Path, modules: ShippedModules) -> Any:
    """Unpickle a module of PyTorch. This runs code: call it for trusted bundles only.

    Args:
        path: The file that `torch.save` wrote.
        modules: What the release ships beside it.

    Raises:
        MissingModuleError: It needs a module that is neither shipped nor installed.
        RuntimeLoadError: It does not load here.
    """
    try:
        with loading(modules), warnings.catch_warnings():
            # of storages that quantised modules are made of
            warnings.filterwarnings("ignore", "TypedStorage is deprecated")
            return torch.load(path, map_location="cpu", weights_only=False, pickle_module=pickle)
    except Exception as error:  # unpickling may raise anything
        raise load_failure(error) from error


def narrow_float(module: Any) -> torch.dtype | None:
    """Return the half precision that a module computes in; `None` where it is in none."""
    kinds = {p.dtype for p in module.parameters() if p.is_floating_point()}
    return kinds.pop() if len(kinds) == 1 and kinds <= _NARROW else None


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one thread: a request is smaller than the cost of waking a second one."""
    n_threads = torch.get_num_threads()
    if n_threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


def _refused() -> InputRefusedError:
    return InputRefusedError("the model refuses a value of these rows", hint=REFUSED_HINT)
