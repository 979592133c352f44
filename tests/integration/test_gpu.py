"""Nets on a GPU, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import pytest
import torch

from headway.bundle import layout
from headway.core.dtypes import Device, Method
from headway.runtimes.loader import load_runtime
from headway.runtimes.torch import TorchRuntime
from small_nets import net_contract, net_rows, write_net_bundle

if TYPE_CHECKING:
    from pathlib import Path

needs_onnxruntime = pytest.mark.skipif(
    "CUDAExecutionProvider" not in onnxruntime.get_available_providers(),
    reason="this ONNX Runtime executes on no GPU",
)
needs_torch = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="this PyTorch executes on no GPU"
)


@needs_onnxruntime
def test_a_graph_answers_on_a_gpu_as_on_the_processor(tmp_path: Path) -> None:
    bundle = write_net_bundle(tmp_path / "net")
    assert layout.GRAPH in bundle.manifest.files
    answers = [
        load_runtime(bundle, trust_code=False, device=device)
        .predict(net_rows(), Method.PREDICT_PROBA)
        .probabilities
        for device in Device
    ]
    assert answers[0] is not None
    assert np.allclose(*answers, atol=1e-5)


@needs_torch
@pytest.mark.parametrize("half", [None, torch.float16, torch.bfloat16])
def test_a_module_answers_on_a_gpu_as_on_the_processor(half: torch.dtype | None) -> None:
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(4, 32), torch.nn.ReLU(), torch.nn.Linear(32, 3))
    answers = [
        TorchRuntime(module.to(half or torch.float32), net_contract(), half, device)
        .predict(net_rows(), Method.PREDICT_PROBA)
        .probabilities
        for device in Device
    ]
    assert answers[0] is not None
    assert np.allclose(*answers, atol=1e-5 if half is None else 0.02)
