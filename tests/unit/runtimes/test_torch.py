from __future__ import annotations

import pytest
import torch
from torch import nn

from headway.contract.model import Contract, Feature, Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType, Method, Task
from headway.errors import InputRefusedError, PredictionError, RuntimeLoadError
from headway.runtimes.modules import ShippedModules
from headway.runtimes.torch import TorchRuntime, load_torch_module

CONTRACT = Contract(
    (Feature("x", DType.FLOAT, nullable=False, storage="float32"),),
    Output(Task.OTHER, given_as="numbers"),
    layout="array",
)
BATCH = FeatureBatch.from_rows(("x",), [(1.0,), (2.0,)])


class Says(nn.Module):
    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, x):
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer(x)


def asked(answer, **options):
    return TorchRuntime(Says(answer), CONTRACT, **options).predict(BATCH, Method.PREDICT)


def test_it_answers_in_evaluation_mode_without_gradients_on_one_thread():
    seen = []
    n_threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        module = nn.Sequential(nn.Dropout(0.9), Says(lambda x: (seen.append((torch.get_num_threads(), torch.is_inference_mode_enabled())), x * 2)[1]))  # fmt: skip
        answer = TorchRuntime(module, CONTRACT).predict(BATCH, Method.PREDICT)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(n_threads)
    assert answer.values.tolist() == [2.0, 4.0]
    assert seen == [(1, True)]
    assert not module.training


@pytest.mark.parametrize("error", [IndexError("i"), ValueError("v"), RuntimeError("class values")])
def test_a_value_that_it_does_not_take_is_the_clients(error):
    with pytest.raises(InputRefusedError, match="refuses a value"):
        asked(error)


@pytest.mark.parametrize(
    "answer",
    [
        KeyError("k"),
        SystemExit(1),
        NotImplementedError("n"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
        lambda x: (x, x),
        lambda x: x.sum(),
        lambda x: x[:1],
    ],
)
def test_any_other_fault_is_the_models(answer):
    with pytest.raises(PredictionError):
        asked(answer)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_it_can_compute_in_less(dtype):
    seen = []
    answer = asked(lambda x: (seen.append(x.dtype), x)[1], float_dtype=dtype)
    assert (seen, answer.values.tolist()) == ([dtype], [1.0, 2.0])


def test_what_is_no_module_does_not_load(tmp_path):
    (tmp_path / "model.pth").write_bytes(b"no")
    with pytest.raises(RuntimeLoadError, match="does not load"):
        load_torch_module(tmp_path / "model.pth", ShippedModules.below(tmp_path))
